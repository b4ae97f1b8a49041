import { clusterName, endpointKind } from "../../cilium/policy/identity";
import { CONTROL_PLANE_LABEL } from "../../linkerd/policy/workload";
import { directPortsOf } from "../../linkerd/wire/well-known";
import type { EndpointFacts, EndpointMesh, NamespaceFacts, Scenario } from "../../scenario/scenario";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";

/** Where the parties of traffic stand in a scenario: the endpoints that each of them is, or why it is none. */
export interface Places {
  /** The scenario with everybody in it whom traffic has shown. */
  scenario: Scenario;
  /**
   * Several for an address that several DNS names led to: whatever one of them is allowed it may do. And for an account under which several
   * workloads run: it is one of them.
   */
  endpointsOf(party: Party): readonly EndpointFacts[];
  /** Of a party that is no endpoint. */
  whyNone(party: Party): string;
  /** Parties that only traffic tells of. */
  added: readonly string[];
}

/**
 * Finds everybody whom traffic has shown in a scenario, and adds whom no manifest describes: Hubble tells the labels of every pod, and those
 * decide.
 */
export function placed(scenario: Scenario, edges: readonly TrafficEdge[]): Places {
  const parties = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const own = scenario.cluster?.name ?? mostFrequent([...parties].flatMap(({ cluster }) => cluster ?? []));
  const endpoints = scenario.endpoints.map((endpoint) => withReserved(endpoint, parties));
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const found = new Map<Party, readonly EndpointFacts[]>();
  const reasons = new Map<Party, string>();
  const added: string[] = [];
  for (const party of parties) {
    const foreign = party.cluster !== undefined && party.cluster !== (own ?? clusterName(undefined));
    const known = foreign ? [] : knownAs(party, endpoints, byId);
    const made = known.length > 0 || foreign ? [] : madeOf(party);
    if (known.length + made.length === 0)
      reasons.set(party, foreign ? `it is in another cluster (${party.cluster})` : reasonOf(party));
    for (const endpoint of made) {
      if (byId.has(endpoint.id)) continue;
      byId.set(endpoint.id, endpoint);
      endpoints.push(endpoint);
      if (party.kind === "workload") added.push(endpoint.id);
    }
    found.set(party, [...known, ...made.map((endpoint) => byId.get(endpoint.id) ?? endpoint)]);
  }
  const cluster = own === undefined ? scenario.cluster : { ...scenario.cluster, name: own };
  return {
    scenario: {
      ...scenario,
      ...(cluster !== undefined && { cluster }),
      namespaces: namespacesWith(scenario.namespaces ?? [], parties),
      endpoints,
    },
    endpointsOf: (party) => found.get(party) ?? [],
    whyNone: (party) => reasons.get(party) ?? "nothing is known of it",
    added,
  };
}

/** The node that traffic has shown may be more than a node: where there is only one it is the API server's, too. */
function withReserved(endpoint: EndpointFacts, parties: ReadonlySet<Party>): EndpointFacts {
  const shown = [...parties].find(({ kind, id }) => kind === "reserved" && id === endpoint.id);
  if (shown === undefined || endpoint.reserved === undefined || endpoint.hostNetwork !== undefined) return endpoint;
  return { ...endpoint, reserved: [...(shown.reserved ?? [])] };
}

function knownAs(
  party: Party,
  endpoints: readonly EndpointFacts[],
  byId: ReadonlyMap<string, EndpointFacts>,
): EndpointFacts[] {
  const same = byId.get(party.id);
  switch (party.kind) {
    case "workload": {
      if (same !== undefined && endpointKind(same) === "pod") return [same];
      const alike = endpoints.filter((endpoint) => isPodsOf(endpoint, party));
      return alike.length === 1 ? alike : [];
    }
    case "account": {
      const theirs = endpoints.filter(
        ({ namespace, serviceAccount, representative }) =>
          namespace === party.namespace && serviceAccount === party.name && representative === undefined,
      );
      return theirs;
    }
    case "address":
      return same !== undefined && same.ip === party.ip && (party.names?.size ?? 0) === 0 ? [same] : [];
    case "reserved":
      return endpoints
        .filter(
          ({ reserved = [], hostNetwork, representative }) =>
            representative === undefined &&
            hostNetwork === undefined &&
            reserved.length > 0 &&
            [...reserved].sort().join() === [...(party.reserved ?? [])].sort().join(),
        )
        .slice(0, 1);
    case "gone":
    case "without proxy":
      return [];
  }
}

/** Whether pods that carry a party's labels are what an endpoint describes by fewer: DNS is `kube-dns` to policies and `coredns` by name. */
function isPodsOf({ namespace, labels = {}, reserved, ip, representative }: EndpointFacts, party: Party): boolean {
  if (representative !== undefined) return false;
  const wanted = Object.entries(labels).filter(([key]) => !key.startsWith("linkerd.io/") || key.includes("component"));
  if (namespace !== party.namespace || reserved !== undefined || ip !== undefined || wanted.length === 0) return false;
  return wanted.every(([key, value]) => party.labels?.[key] === value);
}

function madeOf(party: Party): EndpointFacts[] {
  const { id, kind, namespace, labels, serviceAccount, namedPorts, ip, names, reserved } = party;
  if (kind === "reserved") return [{ id, reserved: [...(reserved ?? [])] }];
  if (kind === "address" && ip !== undefined)
    return names === undefined || names.size === 0
      ? [{ id, ip }]
      : [...names].map((fqdn) => ({ id: `${fqdn} (${id})`, ip, fqdn }));
  if (kind !== "workload" || labels === undefined || namespace === undefined) return [];
  const mesh = meshByLabels(labels);
  return [
    {
      id,
      namespace,
      labels: { ...labels },
      ...(serviceAccount !== undefined && { serviceAccount }),
      ...(namedPorts !== undefined && { ports: [...namedPorts] }),
      ...(mesh !== undefined && { mesh }),
    },
  ];
}

/** The injector labels what it injects. */
function meshByLabels(labels: Readonly<Record<string, string>>): EndpointMesh | undefined {
  return labels[CONTROL_PLANE_LABEL] === undefined ? undefined : { injected: true, ...directPortsOf({ ...labels }) };
}

function reasonOf({ kind, id, namespace, name }: Party): string {
  if (kind === "gone") return "its pod is gone, and nothing in the traffic says whose address it was";
  if (kind === "without proxy") return "the metrics of a server's proxy do not name them; Hubble's flows do";
  if (kind === "account") return `no workload that is known runs under the account ${namespace}/${name}`;
  return `no manifest describes ${id}, and the traffic does not tell its labels`;
}

function namespacesWith(known: readonly NamespaceFacts[], parties: ReadonlySet<Party>): NamespaceFacts[] {
  const labels = new Map<string, Readonly<Record<string, string>>>();
  for (const party of parties)
    if (party.namespace !== undefined && party.namespaceLabels !== undefined)
      labels.set(party.namespace, party.namespaceLabels);
  const said = known.map((facts) => {
    const seen = facts.labels === undefined ? labels.get(facts.name) : undefined;
    return seen === undefined ? facts : { ...facts, labels: { ...seen } };
  });
  const named = new Set(known.map(({ name }) => name));
  return [
    ...said,
    ...[...labels].filter(([name]) => !named.has(name)).map(([name, seen]) => ({ name, labels: { ...seen } })),
  ];
}

function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
