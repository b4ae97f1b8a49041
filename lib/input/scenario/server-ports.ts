import { policyKind, type RawObject } from "../../linkerd/api/object";
import { readObjects } from "../../linkerd/policy/objects";
import { SelectorIndex } from "../../linkerd/policy/selector-index";
import type { EndpointFacts } from "../../scenario/scenario";

/**
 * Adds the ports that Servers name to the pods that they select: a container need not declare a port to listen on it, and what a Server opens or shuts there
 * has to be asked about.
 */
export function withServerPorts(endpoints: readonly EndpointFacts[], objects: readonly RawObject[]): EndpointFacts[] {
  const { servers } = readObjects(
    objects.filter((object) => policyKind(object) === "policy.linkerd.io/Server"),
  ).objects;
  if (servers.length === 0) return [...endpoints];
  const [pods, external] = (["pods", "external-workloads"] as const).map(
    (kind) =>
      new SelectorIndex(
        servers.filter(({ selects }) => selects === kind).map((server) => [server, server.selector] as const),
      ),
  );
  return endpoints.map((endpoint) => {
    const { ports = [], external: machine } = endpoint;
    const { labels = {}, namespace } = machine ?? endpoint;
    const index = machine === undefined ? pods : external;
    const known = new Set(ports.filter(({ protocol = "TCP" }) => protocol === "TCP").map(({ port }) => port));
    const selecting = index?.selecting(new Map(Object.entries(labels))) ?? [];
    const named = selecting.flatMap(({ namespace: home, port }) =>
      home === namespace ? numbersOf(port, endpoint) : [],
    );
    const added = [...new Set(named)].filter((port) => !known.has(port)).sort((a, b) => a - b);
    return added.length === 0 ? endpoint : { ...endpoint, ports: [...ports, ...added.map((port) => ({ port }))] };
  });
}

/** Of a name, those that containers and init containers call so: the proxy's own are among them. */
function numbersOf(port: number | string, { inbound, external, ports = [] }: EndpointFacts): number[] {
  if (typeof port === "number") return [port];
  if (external !== undefined) return ports.flatMap(({ name, port: at }) => (name === port ? [at] : []));
  const declared = (inbound?.containers ?? []).flatMap(({ ports }) => ports ?? []);
  return declared.flatMap(({ name, containerPort }) => (name === port ? [containerPort] : []));
}
