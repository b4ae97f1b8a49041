import { TransportMode } from "../mesh/transport";
import { parseAddress } from "../reachability/cidr";
import type { EndpointFacts, Flow, Scenario } from "../reachability/scenario";
import type { Problem } from "./problem";
import { boolean, faultsOf, integer, list, mapOf, object, oneOfWords, type Shape, string } from "./shape";
import { describePath, type LocatedDocument, type Path, readYaml } from "./yaml";

const portNumber = integer(1, 65535);
const protocol = oneOfWords("TCP", "UDP", "SCTP");

const endpointShape = object(
  {
    id: string,
    namespace: string,
    labels: mapOf(string),
    serviceAccount: string,
    ports: list(object({ name: string, port: portNumber, protocol }, { required: ["port"] })),
    ip: string,
    fqdn: string,
    reserved: list(
      oneOfWords(
        "host",
        "world",
        "world-ipv4",
        "world-ipv6",
        "unmanaged",
        "health",
        "init",
        "remote-node",
        "kube-apiserver",
        "ingress",
      ),
      { min: 1 },
    ),
    mesh: object(
      {
        injected: boolean,
        skipInboundPorts: list(portNumber),
        skipOutboundPorts: list(portNumber),
        opaquePorts: list(portNumber),
      },
      { required: ["injected"] },
    ),
  },
  { required: ["id"] },
);

const flowShape = object(
  { from: string, to: string, proto: oneOfWords("TCP", "UDP", "SCTP", "ICMP", "ICMPv6"), port: integer(0, 65535) },
  { required: ["from", "to", "port"] },
);

const scenarioShape: Shape = object(
  {
    cluster: object({ name: string, ipv6: boolean, cidrMatchMode: list(oneOfWords("nodes", "pods")) }),
    namespaces: list(object({ name: string, labels: mapOf(string) }, { required: ["name"] })),
    services: list(
      object(
        { name: string, namespace: string, labels: mapOf(string), selector: mapOf(string), backends: list(string) },
        { required: ["name", "namespace"] },
      ),
    ),
    endpoints: list(endpointShape),
    flows: list(flowShape),
    mesh: object({ transportMode: oneOfWords(...Object.values(TransportMode)) }),
  },
  { required: ["endpoints"] },
);

/** A scenario, or what of it can be used. `undefined` when nothing can. */
export function readScenario(text: string, file: string): { scenario: Scenario | undefined; problems: Problem[] } {
  const { documents, problems } = readYaml(text, file);
  const [document, second] = documents;
  if (document === undefined) {
    if (problems.length === 0) problems.push({ file, line: 1, column: 1, message: "is empty; expected a scenario" });
    return { scenario: undefined, problems };
  }
  const report = (path: Path, message: string, from: LocatedDocument = document) =>
    problems.push({ file, ...from.position(path), path: describePath(path), message });
  if (second !== undefined) report([], "a scenario is one document; this second one is ignored", second);
  const faults = faultsOf(scenarioShape, document.value);
  for (const { path, message } of faults) report(path, message);
  // A part with a fault is left out as a whole: an endpoint read without its labels would be judged as another one.
  const broken = (...path: Path) =>
    faults.some((fault) => path.length <= fault.path.length && path.every((part, at) => fault.path[at] === part));
  const value = document.value as Partial<Scenario>;
  if (typeof value !== "object" || value === null || !Array.isArray(value.endpoints)) {
    return { scenario: undefined, problems };
  }
  const usable = <T>(key: keyof Scenario, items: unknown): T[] =>
    Array.isArray(items) ? (items as T[]).filter((_, index) => !broken(key, index)) : [];
  const endpoints = usableEndpoints(value.endpoints, broken, report);
  const ids = new Set(endpoints.map(({ id }) => id));
  const flows = Array.isArray(value.flows)
    ? (value.flows as Flow[]).flatMap((flow, index) => {
        if (broken("flows", index)) return [];
        const unknown = (["from", "to"] as const).filter((end) => !ids.has(flow[end]));
        for (const end of unknown) report(["flows", index, end], `there is no endpoint ${JSON.stringify(flow[end])}`);
        return unknown.length > 0 ? [] : [{ ...flow, proto: flow.proto ?? "TCP" }];
      })
    : undefined;
  // Flows that were given but cannot be used must not turn into "no flows", which asks for the whole matrix.
  const nothingToAsk = flows?.length === 0 && (value.flows?.length ?? 0) > 0;
  const scenario: Scenario = {
    ...(!broken("cluster") && value.cluster && { cluster: value.cluster }),
    namespaces: usable("namespaces", value.namespaces),
    services: usable("services", value.services),
    endpoints: nothingToAsk ? [] : endpoints,
    ...(flows && { flows }),
    ...(!broken("mesh") && value.mesh && { mesh: value.mesh }),
  };
  return { scenario, problems };
}

function usableEndpoints(
  given: readonly EndpointFacts[],
  broken: (...path: Path) => boolean,
  report: (path: Path, message: string) => void,
): EndpointFacts[] {
  const ids = new Set<string>();
  return given.filter((endpoint, index) => {
    if (broken("endpoints", index)) return false;
    const fail = (field: string, message: string) => {
      report(["endpoints", index, field], message);
      return false;
    };
    if (ids.has(endpoint.id)) return fail("id", `there already is an endpoint ${JSON.stringify(endpoint.id)}`);
    if (endpoint.ip !== undefined && parseAddress(endpoint.ip) === undefined) {
      return fail("ip", `${JSON.stringify(endpoint.ip)} is not an IP address`);
    }
    if (endpoint.fqdn !== undefined && endpoint.ip === undefined) return fail("fqdn", "needs an `ip`");
    if (endpoint.ip !== undefined && endpoint.reserved !== undefined) {
      return fail("ip", "an endpoint has an `ip` or `reserved` labels, not both");
    }
    ids.add(endpoint.id);
    return true;
  });
}
