import { clusterName, endpointKind } from "../../cilium/policy/identity";
import { CONTROL_PLANE_LABEL } from "../../linkerd/policy/workload";
import { directPortsOf } from "../../linkerd/wire/well-known";
import type { EndpointFacts, EndpointMesh, NamespaceFacts, Scenario } from "../../scenario/scenario";
import { ownClusterOf } from "../own-cluster";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";

/** Why a party has no endpoint. */
export interface WhyNone {
  /** As a clause. */
  why: string;
  /** Whether the clause refers to the party as `it`, so that the party's name must precede it. */
  isAboutIt?: true;
}

/** Maps the parties of traffic to the endpoints of a scenario. */
export interface PartyEndpoints {
  /** The scenario, with the endpoints that only traffic has shown. */
  scenario: Scenario;
  /**
   * The endpoints of a party. Several for an address with several DNS names, which may do what any of them may; and for an account of several
   * workloads, which is one of them. Empty where there is none, see {@link whyNone}.
   */
  endpointsOf(party: Party): readonly EndpointFacts[];
  /** Why a party has no endpoint. */
  whyNone(party: Party): WhyNone;
  /** Ids of workloads that only traffic has shown. */
  addedByTraffic: readonly string[];
}

/**
 * Finds the endpoint of each party, and adds endpoints for parties that no manifest describes: Hubble reports the labels of every pod, which is what
 * policies select by.
 */
export function partyEndpoints(scenario: Scenario, edges: readonly TrafficEdge[]): PartyEndpoints {
  const parties = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const own = scenario.cluster?.name ?? ownClusterOf(edges);
  const endpoints = scenario.endpoints.map((endpoint) => withReserved(endpoint, parties));
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const found = new Map<Party, readonly EndpointFacts[]>();
  const reasons = new Map<Party, WhyNone>();
  const added: string[] = [];
  for (const party of parties) {
    const foreign = party.cluster !== undefined && party.cluster !== (own ?? clusterName(undefined));
    const known = foreign ? [] : describedEndpoints(party, endpoints, byId);
    const made = known.length > 0 || foreign ? [] : endpointsFromTraffic(party);
    if (known.length + made.length === 0)
      reasons.set(party, foreign ? aboutIt(`it is in another cluster (${party.cluster})`) : whyNoEndpoint(party));
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
    whyNone: (party) => reasons.get(party) ?? aboutIt("nothing is known about it"),
    addedByTraffic: added,
  };
}

/** An endpoint with the reserved labels that traffic has shown: on a single-node cluster, the node is also the API server. */
function withReserved(endpoint: EndpointFacts, parties: ReadonlySet<Party>): EndpointFacts {
  const shown = [...parties].find(({ kind, id }) => kind === "reserved" && id === endpoint.id);
  if (shown === undefined || endpoint.reserved === undefined || endpoint.hostNetwork !== undefined) return endpoint;
  return { ...endpoint, reserved: [...(shown.reserved ?? [])] };
}

function describedEndpoints(
  party: Party,
  endpoints: readonly EndpointFacts[],
  byId: ReadonlyMap<string, EndpointFacts>,
): EndpointFacts[] {
  const same = byId.get(party.id);
  switch (party.kind) {
    case "workload": {
      if (same !== undefined && endpointKind(same) === "pod") return [same];
      const matching = endpoints.filter((endpoint) => isPodsOf(endpoint, party));
      return matching.length === 1 ? matching : [];
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

/** Whether an endpoint describes the pods of a party by a subset of their labels: policies name DNS `kube-dns`, traffic names it `coredns`. */
function isPodsOf({ namespace, labels = {}, reserved, ip, representative }: EndpointFacts, party: Party): boolean {
  if (representative !== undefined) return false;
  const wanted = Object.entries(labels).filter(([key]) => !key.startsWith("linkerd.io/") || key.includes("component"));
  if (namespace !== party.namespace || reserved !== undefined || ip !== undefined || wanted.length === 0) return false;
  return wanted.every(([key, value]) => party.labels?.[key] === value);
}

function endpointsFromTraffic(party: Party): EndpointFacts[] {
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

/** The sidecar of a pod, by the labels that Linkerd's injector sets. */
function meshByLabels(labels: Readonly<Record<string, string>>): EndpointMesh | undefined {
  return labels[CONTROL_PLANE_LABEL] === undefined ? undefined : { injected: true, ...directPortsOf({ ...labels }) };
}

const aboutIt = (why: string): WhyNone => ({ why, isAboutIt: true });

function whyNoEndpoint({ kind, id, namespace, name }: Party): WhyNone {
  if (kind === "gone") return { why: "its pod is gone, and nothing in the traffic says whose address it was" };
  if (kind === "without proxy") return { why: "the metrics of a server's proxy do not name them; Hubble's flows do" };
  if (kind === "account") return { why: `no workload that is known runs under the account ${namespace}/${name}` };
  return { why: `no manifest describes ${id}, and the traffic does not tell its labels` };
}

function namespacesWith(known: readonly NamespaceFacts[], parties: ReadonlySet<Party>): NamespaceFacts[] {
  const labels = new Map<string, Readonly<Record<string, string>>>();
  for (const party of parties)
    if (party.namespace !== undefined && party.namespaceLabels !== undefined)
      labels.set(party.namespace, party.namespaceLabels);
  const completed = known.map((facts) => {
    const seen = facts.labels === undefined ? labels.get(facts.name) : undefined;
    return seen === undefined ? facts : { ...facts, labels: { ...seen } };
  });
  const named = new Set(known.map(({ name }) => name));
  return [
    ...completed,
    ...[...labels].filter(([name]) => !named.has(name)).map(([name, seen]) => ({ name, labels: { ...seen } })),
  ];
}
