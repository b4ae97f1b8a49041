import { policyKind, type RawObject } from "../../linkerd/api/object";
import { readObjects } from "../../linkerd/policy/objects";
import { SelectorIndex } from "../../linkerd/policy/selector-index";
import type { EndpointFacts } from "../../scenario/scenario";

/**
 * Adds the ports in Servers to the pods that they select: a container may listen on a port that it does not declare, and what a Server allows or
 * denies there must be evaluated.
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

/** The number of a port, or the numbers of all ports with a name, including those of init containers and of the proxy. */
function numbersOf(port: number | string, { inbound, external, ports = [] }: EndpointFacts): number[] {
  if (typeof port === "number") return [port];
  if (external !== undefined) return ports.flatMap(({ name, port: at }) => (name === port ? [at] : []));
  const declared = (inbound?.containers ?? []).flatMap(({ ports }) => ports ?? []);
  return declared.flatMap(({ name, containerPort }) => (name === port ? [containerPort] : []));
}
