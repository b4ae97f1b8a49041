import { type Path, type Problem, problem } from "../common/problem";
import { parseAddress, parsePrefix, parsePrefixOrAddress } from "../kubernetes/cidr";
import { isPortName, PROTOCOL_NUMBERS } from "../kubernetes/ports";
import type { EndpointFacts, Scenario } from "./scenario";

/** The reserved identities that an endpoint may have, as Cilium names them. */
export const RESERVED_NAMES: readonly string[] = [
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
];

/** The problems that make a scenario impossible to evaluate, each with its path. Types are trusted, except for `endpoints`. */
export function scenarioProblems(scenario: Scenario): Problem[] {
  // Untyped input without endpoints would otherwise fail deep in the engine.
  if (!Array.isArray(scenario.endpoints))
    return [problem("wrong-type", ["endpoints"], "must be a list of all endpoints")];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, endpoint] of scenario.endpoints.entries()) {
    const at = ["endpoints", index];
    if (!endpoint.id) problems.push(problem("missing", [...at, "id"], "must be given"));
    else if (seen.has(endpoint.id))
      problems.push(problem("duplicate", [...at, "id"], `"${endpoint.id}" is not unique`));
    seen.add(endpoint.id);
    problems.push(...endpointProblems(endpoint, at).map((one) => ({ ...one, object: `endpoint ${endpoint.id}` })));
  }
  for (const [index, service] of (scenario.services ?? []).entries()) {
    for (const backend of service.backends ?? []) {
      if (parseAddress(backend) === undefined)
        problems.push(
          problem(
            "invalid-address",
            ["services", index, "backends"],
            `"${backend}" of ${service.name} is not an IP address`,
          ),
        );
    }
  }
  for (const part of ["clusterNetworks", "probeNetworks"] as const) {
    for (const [index, block] of (scenario.mesh?.authorization?.[part] ?? []).entries())
      if (parsePrefixOrAddress(block) === undefined)
        problems.push(
          problem(
            "invalid-cidr",
            ["mesh", "authorization", part, index],
            `"${block}" is neither an address nor an address block such as 10.0.0.0/8`,
          ),
        );
  }
  for (const part of ["namespaces", "cidrGroups"] as const) {
    const names = (scenario[part] ?? []).map(({ name }) => name);
    for (const name of new Set(names.filter((other, index) => names.indexOf(other) !== index))) {
      problems.push(problem("duplicate", [part], `"${name}" is not unique`));
    }
  }
  for (const [index, { name, cidrs }] of (scenario.cidrGroups ?? []).entries()) {
    for (const cidr of cidrs) {
      if (parsePrefix(cidr) === undefined)
        problems.push(
          problem(
            "invalid-cidr",
            ["cidrGroups", index, "cidrs"],
            `"${cidr}" of ${name} is not an address block such as 10.0.0.0/8`,
          ),
        );
    }
  }
  return problems;
}

/** Whether a reserved identity may have an address: a node, an API server outside the cluster, or the world. */
function mayHaveAddress(reserved: readonly string[]): boolean {
  const only = reserved.join();
  return reserved.includes("host") || reserved.includes("remote-node") || only === "kube-apiserver" || only === "world";
}

function endpointProblems(
  { namespace, ip, fqdn, reserved = [], labels, hostNetwork, ports = [], mesh }: EndpointFacts,
  at: Path,
): Problem[] {
  const problems: Problem[] = [];
  const outside = ip !== undefined && ip !== "";
  if (outside && reserved.length > 0 && !mayHaveAddress(reserved))
    problems.push(
      problem(
        "invalid-endpoint",
        at,
        "has both ip and reserved; of the reserved identities, only nodes, the API server and the world may have an ip",
      ),
    );
  if (outside && parseAddress(ip) === undefined)
    problems.push(problem("invalid-endpoint", [...at, "ip"], `"${ip}" is not an IP address`));
  if (fqdn && !outside) problems.push(problem("invalid-endpoint", [...at, "fqdn"], "needs the ip that it resolved to"));
  if (!outside && reserved.length === 0 && !namespace)
    problems.push(
      problem("invalid-endpoint", at, "a pod needs a namespace; a peer that is not a pod needs ip or reserved"),
    );
  if ((outside || reserved.length > 0) && Object.keys(labels ?? {}).length > 0)
    problems.push(problem("invalid-endpoint", [...at, "labels"], "only pods have labels"));
  if (hostNetwork !== undefined && reserved.length === 0)
    problems.push(
      problem(
        "invalid-endpoint",
        [...at, "hostNetwork"],
        "a hostNetwork pod has its node's identity: set reserved to host or remote-node",
      ),
    );
  for (const name of reserved) {
    if (!RESERVED_NAMES.includes(name))
      problems.push(
        problem(
          "invalid-endpoint",
          [...at, "reserved"],
          `unknown identity "${name}"; use one of ${RESERVED_NAMES.join(", ")}`,
        ),
      );
  }
  for (const block of mesh?.skipSubnets ?? []) {
    if (parsePrefixOrAddress(block) === undefined)
      problems.push(
        problem(
          "invalid-endpoint",
          [...at, "mesh", "skipSubnets"],
          `"${block}" is not an address block such as 10.0.0.0/8`,
        ),
      );
  }
  for (const { name, port, protocol = "TCP" } of ports) {
    if (!Number.isInteger(port) || port < 1 || port > 0xffff)
      problems.push(problem("invalid-endpoint", [...at, "ports"], `${port} is not a port number`));
    if (!PROTOCOL_NUMBERS.has(protocol.toLowerCase()))
      problems.push(problem("invalid-endpoint", [...at, "ports"], `unknown protocol "${protocol}"`));
    if (name !== undefined && name !== "" && !isPortName(name)) {
      problems.push(
        problem(
          "invalid-endpoint",
          [...at, "ports"],
          `"${name}" is not a port name (at most 15 letters, digits and single dashes)`,
        ),
      );
    }
  }
  return problems;
}
