import type { EvaluatedPolicy } from "../cilium/api/policy";
import { formatProblem } from "../common/problem";
import type { Scenario } from "../scenario/scenario";
import { compile } from "./compile";
import { stateOf, type Verdict } from "./verdict";
import { opensAllPorts, routeWords } from "./words";

/**
 * Who can reach whom, small enough for a stack's output and readable as a diff in a preview: `client -> podinfo` to `TCP 9898 mTLS`. Denied edges
 * are left out; where every endpoint is allowed, they are one edge from `anyone`. Unknown edges say what is missing. In a stable order.
 *
 * Cilium ignores a policy that it refuses, which opens what the policy should deny: such a policy has a line of its own, with the reason.
 *
 * @throws ProblemError if the scenario contradicts itself
 *
 * @example
 * reachableEdges(policies, scenario); // { "web -> db": "TCP 5432" }
 */
export function reachableEdges(policies: readonly EvaluatedPolicy[], scenario: Scenario): { [edge: string]: string } {
  const reachability = compile(policies, scenario);
  const asked = byServer([...reachability.verdicts()]);
  const edges = [...asked].flatMap(([server, clients]) => edgesTo(server, clients));
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

/** Two callers are not yet anyone. */
const fewestForAnyone = 3;

function edgesTo(server: string, clients: Clients): [string, string][] {
  const everyPort = [...clients.values()].every((verdicts) => verdicts.every(({ allowed }) => allowed));
  if (everyPort && clients.size >= fewestForAnyone)
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
  return verdicts.length === 0 ? [] : [[ports(verdicts), ...onTheMesh(verdicts)].join(" ")];
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

function portText({ proto, port, standsFor, linkerd }: Verdict): string {
  const text = standsFor ?? (proto.startsWith("ICMP") ? `type ${port}` : String(port));
  return linkerd?.routes === undefined ? text : `${text} (${routeWords(linkerd.routes)})`;
}

function onTheMesh(verdicts: readonly Verdict[]): string[] {
  if (!verdicts.every(({ wire }) => wire?.mtls)) return [];
  const through = verdicts.find(({ wire }) => wire?.opensAllPorts)?.wire?.port;
  if (through === undefined) return ["mTLS"];
  return [`mTLS through ${through}${verdicts.some(opensAllPorts) ? ", which admits every port" : ""}`];
}
