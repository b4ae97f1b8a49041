import type { EvaluatedPolicy } from "../cilium/api/policy";
import { append } from "../common/maps";
import { formatProblem } from "../common/problem";
import type { Scenario } from "../scenario/scenario";
import { compile } from "./compile";
import { stateOf, type Verdict } from "./verdict";
import { opensAllPorts, portNumberWords, routeWords } from "./words";

/**
 * Who can reach whom, small enough for a stack's output and readable as a diff in a preview: `client -> podinfo` maps to `TCP 9898 mTLS`. Denied edges
 * are left out. If every endpoint is allowed, a single edge from `anyone` replaces theirs. Unknown edges name the missing fact. The order is stable.
 *
 * Cilium ignores a policy that it refuses, which leaves open what the policy should deny, so each refused policy has a line with the reason.
 *
 * @throws ProblemError if the scenario contradicts itself
 *
 * @example
 * reachableEdges(policies, scenario); // { "web -> db": "TCP 5432" }
 */
export function reachableEdges(policies: readonly EvaluatedPolicy[], scenario: Scenario): { [edge: string]: string } {
  const reachability = compile(policies, scenario);
  const asked = byServer([...reachability.verdicts()]);
  const others = scenario.endpoints.length - 1;
  const edges = [...asked].flatMap(([server, clients]) => edgesTo(server, clients, others));
  const refused = reachability.refused.map(({ namespace, name, problems }): [string, string] => [
    `refused policy ${namespace === undefined ? "" : `${namespace}/`}${name}`,
    problems.map(formatProblem).join("; "),
  ]);
  return Object.fromEntries([...edges, ...refused].sort(([left], [right]) => (left < right ? -1 : 1)));
}

type Clients = Map<string, Verdict[]>;

function byServer(verdicts: readonly Verdict[]): Map<string, Clients> {
  const servers = new Map<string, Clients>();
  for (const verdict of verdicts) {
    const clients = servers.get(verdict.to) ?? new Map<string, Verdict[]>();
    clients.set(verdict.from, [...(clients.get(verdict.from) ?? []), verdict]);
    servers.set(verdict.to, clients);
  }
  return servers;
}

/** Fewer clients are listed by name. */
const fewestForAnyone = 3;

/** @param others The number of endpoints besides the server. */
function edgesTo(server: string, clients: Clients, others: number): [string, string][] {
  const everyPort = [...clients.values()].every((verdicts) => verdicts.every(({ allowed }) => allowed));
  // "anyone" needs every endpoint as a client, each with the same ports.
  const isAnyone = clients.size >= others && new Set([...clients.values()].map(ports)).size === 1;
  if (everyPort && isAnyone && clients.size >= fewestForAnyone)
    return [[`anyone -> ${server}`, ports([...clients.values()].flat())]];
  return [...clients].flatMap(([client, verdicts]): [string, string][] => {
    const [allowed, unknown] = (["allowed", "unknown"] as const).map((state) =>
      verdicts.filter((verdict) => stateOf(verdict) === state),
    );
    const parts = [...tellAllowed(allowed), ...tellUnknown(unknown)];
    return parts.length === 0 ? [] : [[`${client} -> ${server}`, parts.join("; ")]];
  });
}

function tellAllowed(verdicts: readonly Verdict[] = []): string[] {
  const byWords = new Map<string, Verdict[]>();
  for (const verdict of verdicts) append(byWords, onTheMesh(verdict), verdict);
  return [...byWords].map(([words, some]) => (words === "" ? ports(some) : `${ports(some)} ${words}`));
}

/** `TCP 5432 unknown: the Service "db" in the namespace "data"` */
function tellUnknown(verdicts: readonly Verdict[] = []): string[] {
  if (verdicts.length === 0) return [];
  const missing = [...new Set(verdicts.flatMap(({ unknown = [] }) => unknown))];
  return [`${ports(verdicts)} unknown: ${missing.join(", ")}`];
}

/** `TCP 4190, 4191` */
function ports(verdicts: readonly Verdict[]): string {
  const protocols = [...new Set(verdicts.map(({ proto }) => proto))].sort();
  return protocols
    .map((protocol) => {
      const same = verdicts.filter(({ proto }) => proto === protocol).sort((left, right) => left.port - right.port);
      return `${protocol} ${[...new Set(same.map(portText))].join(", ")}`;
    })
    .join(", ");
}

function portText({ proto, port, standsFor, linkerd, l7: isOfRequests }: Verdict): string {
  const text =
    standsFor === undefined && proto.startsWith("ICMP")
      ? `type ${port}`
      : portNumberWords({ port, ...(standsFor && { standsFor }) });
  const l7 = isOfRequests === true ? `${text} (requests that an L7 rule lets through)` : text;
  return linkerd?.routes === undefined ? l7 : `${l7} (${routeWords(linkerd.routes)})`;
}

function onTheMesh(verdict: Verdict): string {
  const { wire } = verdict;
  if (wire === undefined || !wire.mtls) return "";
  if (wire.opensAllPorts !== true) return "mTLS";
  return `mTLS through ${wire.port}${opensAllPorts(verdict) ? ", which admits every port" : ""}`;
}
