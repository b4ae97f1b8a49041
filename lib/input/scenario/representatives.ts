import { CLUSTER_KEY, SERVICE_ACCOUNT_KEY } from "../../cilium/api/labels";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { RefusalCache } from "../../cilium/api/refusal-cache";
import type { Selector } from "../../cilium/api/selector";
import { policyEntries } from "../../cilium/policy/entries";
import { clusterName, endpointIdentity, endpointKind, type Identity } from "../../cilium/policy/identity";
import { Selections } from "../../cilium/policy/selections";
import { append } from "../../common/maps";
import type { RawObject } from "../../linkerd/api/object";
import { namedClients } from "../../linkerd/policy/named-clients";
import type { EndpointFacts, EndpointMesh, InboundFacts, NamespaceFacts, Scenario } from "../../scenario/scenario";
import { accountPods } from "./account-pods";
import { GuardedPods } from "./guarded-pods";
import type { ImaginedPod } from "./imagined-pods";
import { ANOTHER_CLUSTER, imaginedPods, podName } from "./imagined-pods";
import { withNamedPorts } from "./named-ports";
import { withImpliedPorts } from "./ports";
import { withServerPorts } from "./server-ports";

/** A guard against what nobody could wait for, since the matrix grows with the square: some 1,500 policies of which no workload is known. */
const MOST = 3000;

/** The state that another one is compared with. */
interface Compared extends Pick<Scenario, "endpoints" | "namespaces"> {
  /** Its objects of Linkerd's policy kinds. */
  objects?: readonly RawObject[];
  /** What a namespace's pods get there with their proxies. */
  injectionOf?: InjectionOf;
}

/** What injection makes of a pod of a namespace that says nothing itself. */
export type InjectionOf = (namespace: string) => { mesh: EndpointMesh; inbound?: InboundFacts };

const asInstalled: InjectionOf = () => ({ mesh: { injected: true } });

/**
 * The scenario with pods that no manifest names and that policies may mean all the same: for each selector one that it selects, and those that just
 * miss it; a stranger in each namespace and one in a namespace that nobody mentions; where there is a mesh, each of them meshed and not; and
 * what Cilium reserves beside the nodes; and pods under the accounts that Linkerd's authorization names, and those that its Servers and EgressNetworks are about. Those that
 * the same selectors select are one, and known pods need nobody to stand for them.
 *
 * @param policies Those that are to be told apart: to compare two states, those of both.
 * @param other The state that it is compared with. Who is known on one side only is represented on both, so that a Deployment which comes along does not
 *   make its representative disappear, nor a label that a namespace gets or loses.
 *   The accounts that its Linkerd objects admit by name are represented, too.
 * @param clusters Other clusters of the mesh. Where peers that speak of no cluster are of any, there is one more.
 * @param injectionOf What a namespace's pods get with their proxies. Default: as the chart has it.
 * @returns the scenario, and how many of them there was no room for: nobody asks on their behalf
 */
export function withRepresentatives(
  scenario: Scenario,
  policies: readonly EvaluatedPolicy[],
  other: Compared = scenario,
  clusters: readonly string[] = [],
  refusals = new RefusalCache(),
  injectionOf = asInstalled,
): { scenario: Scenario; unrepresented: number } {
  const { selectors, peers } = podSelectors(policies, scenario, refusals);
  const own = scenario.namespaces ?? [];
  const ownNames = new Set(own.map(({ name }) => name));
  const known = {
    cluster: clusterName(scenario.cluster),
    namespaces: [...own, ...(other.namespaces ?? []).filter(({ name }) => !ownNames.has(name))],
    others: [...clusters, ...(speaksOfAnyCluster(scenario) ? [ANOTHER_CLUSTER] : [])],
  };
  const pods = imaginedPods([...selectors.values()], known);
  const isMeshed = scenario.mesh !== undefined;
  const injectedAs = (namespace: string) => JSON.stringify([injectionOf(namespace), other.injectionOf?.(namespace)]);
  const strangers = distinct(pods, selectors, {
    ...{ scenario, other, peers },
    ...(isMeshed && { also: ({ namespace }) => injectedAs(namespace) }),
  });
  const ownObjects = scenario.mesh?.authorization?.objects ?? [];
  const objects = [...ownObjects, ...(other.objects ?? [])];
  const linkerd = new GuardedPods(isMeshed ? objects : []);
  const unknown = linkerd.unknown([scenario.endpoints, other.endpoints]);
  const nobodyKnown = { scenario: { ...scenario, endpoints: [] }, other: { ...other, endpoints: [] }, peers };
  const guarded = distinct(unknown.length === 0 ? [] : imaginedPods(unknown, known), selectors, {
    ...nobodyKnown,
    also: (pod) => linkerd.signature(pod),
  }).filter((pod) => linkerd.signature(pod) !== "");
  const clients = accountPods(isMeshed ? namedClients(objects) : [], pods, [
    scenario.endpoints,
    other.endpoints,
  ]).flatMap((under) => distinct(under, selectors, nobodyKnown));
  const told = new Set(strangers.map(podName));
  const more = new Map([...guarded, ...clients].map((pod) => [podName(pod), pod]));
  const all = [...strangers, ...[...more.values()].filter((pod) => !told.has(podName(pod)))];
  const kept = all.slice(0, MOST);
  // Without a proxy an account is nothing to Linkerd, and neither is a Server.
  const facts = kept.flatMap((pod, place) => {
    if (!isMeshed) return [pod];
    return place < strangers.length ? [pod, { ...pod, meshed: true }] : [{ ...pod, meshed: true }];
  });
  const namespaces = [...(scenario.namespaces ?? []), ...namespacesOf(kept, scenario)];
  const made = facts.map(endpointsAmong(facts, injectionOf));
  const implied = withImpliedPorts(withServerPorts(made, ownObjects), [], policies, {
    namespaces,
    ...(scenario.cluster && { cluster: scenario.cluster }),
  });
  const endpoints = withNamedPorts(implied, policies, { ...scenario, namespaces }, refusals).map((endpoint) =>
    linkerd.withNamedPorts(endpoint, ownObjects),
  );
  return {
    scenario: { ...scenario, namespaces, endpoints: [...scenario.endpoints, ...endpoints, ...reservedOnes(scenario)] },
    unrepresented: all.length - kept.length,
  };
}

/** Whether a peer that names no cluster may be of another, to some agent. */
function speaksOfAnyCluster({ cluster, nodeSettings = [] }: Scenario): boolean {
  return [cluster, ...nodeSettings.map((own) => own.cluster)].some((one) => one?.policyDefaultLocalCluster === false);
}

/** Everything in policies that selects by labels, subjects and peers, by its text, and which of it are peers. */
function podSelectors(
  policies: readonly EvaluatedPolicy[],
  scenario: Scenario,
  refusals: RefusalCache,
): { selectors: Map<string, Selector>; peers: Set<string> } {
  const { cluster, nodeSettings = [] } = scenario;
  const agents = [cluster, ...nodeSettings.map((own) => ({ ...cluster, ...own.cluster }))];
  const accepted = refusals.accepted(policies, agents);
  const entries = accepted.flatMap((policy, index) => policyEntries(policy, index, scenario));
  const selectors = new Map<string, Selector>();
  const named = new Set<string>();
  for (const { node, subject, peers } of entries) {
    if (!node) selectors.set(subject.text, subject);
    for (const peer of peers) {
      if (peer.kind !== "labels") continue;
      selectors.set(peer.text, peer.selector);
      named.add(peer.text);
    }
  }
  return { selectors, peers: named };
}

/** What tells pods apart beside their identities. */
type Told = Pick<ImaginedPod, "namespace" | "labels" | "cluster">;

const nobody: Told = { namespace: "", labels: {} };

/** One pod for each set of selectors, unless a known one is in the same on both sides. The most general come first. */
function distinct(
  pods: readonly ImaginedPod[],
  selectors: ReadonlyMap<string, Selector>,
  {
    scenario,
    other,
    peers,
    also = () => "",
  }: {
    scenario: Scenario;
    other: Pick<Scenario, "endpoints" | "namespaces">;
    peers: ReadonlySet<string>;
    /** What else tells them apart. */
    also?: (pod: Told) => string;
  },
): ImaginedPod[] {
  const sides = (other === scenario ? [scenario] : [scenario, other]).map((side) => {
    // A namespace has on each side the labels that it has there.
    const within = { ...scenario, namespaces: [...(side.namespaces ?? []), ...namespacesOf(pods, side)] };
    const isPod = (endpoint: EndpointFacts) => endpointKind(endpoint) === "pod";
    const known = side.endpoints.filter(isPod).map((facts) => endpointIdentity(facts, within));
    const imagined = pods.map((pod) => endpointIdentity(endpointOf(pod), within));
    const more = [
      ...side.endpoints.filter(isPod).map(({ namespace = "", labels = {} }) => ({ namespace, labels })),
      ...pods,
    ];
    const signatures = signaturesOf([...known, ...imagined], { selectors, peers }, scenario).map(
      (signature, place) => `${signature} ${also(more[place] ?? nobody)}`,
    );
    return { known: new Set(signatures.slice(0, known.length)), imagined: signatures.slice(known.length) };
  });
  const seen = new Set<string>();
  return pods.filter((pod, place) => {
    const signature = sides.map(({ imagined }) => imagined[place]).join("\n");
    if (seen.has(signature)) return false;
    seen.add(signature);
    return pod.isAnybody || !sides.every(({ known, imagined }) => known.has(imagined[place] ?? ""));
  });
}

/** By which selectors each identity is selected, and of which cluster it is. */
function signaturesOf(
  identities: readonly Identity[],
  { selectors, peers }: { selectors: ReadonlyMap<string, Selector>; peers: ReadonlySet<string> },
  { cluster }: Scenario,
): string[] {
  const selections = new Selections(identities, cluster);
  const selectedBy = new Map<number, number[]>();
  for (const [number, selector] of [...selectors.values()].entries())
    for (const id of selections.selected(selector)) append(selectedBy, id, number);
  const isPeer = [...selectors.keys()].map((text) => peers.has(text));
  return identities.map(({ labels, aggregate }, id) => {
    const selecting = selectedBy.get(id) ?? [];
    // No policy of this cluster applies to a pod of another.
    const telling = aggregate === "aggregate-cluster" ? selecting : selecting.filter((number) => isPeer[number]);
    return `${labels.lookup("k8s", CLUSTER_KEY)} ${telling.join()}`;
  });
}

/** Namespaces that have no name but labels: they are made up with the pods in them. */
function namespacesOf(
  pods: readonly ImaginedPod[],
  { namespaces = [] }: Pick<Scenario, "namespaces">,
): NamespaceFacts[] {
  const known = new Set(namespaces.map(({ name }) => name));
  const made = new Map<string, NamespaceFacts>();
  for (const { namespace, namespaceLabels } of pods)
    if (!known.has(namespace)) made.set(namespace, { name: namespace, labels: namespaceLabels });
  return [...made.values()];
}

/**
 * Each with the more general ones among all, which are in the same namespace or anybody, carry no label that it does not, and run as no
 * other account.
 */
function endpointsAmong(all: readonly ImaginedPod[], injectionOf: InjectionOf): (pod: ImaginedPod) => EndpointFacts {
  const inOrder = [...all.filter(({ isAnybody }) => isAnybody), ...all.filter(({ isAnybody }) => !isAnybody)];
  // By namespace and one of its traits, so that a pod is not held against all pods of its namespace.
  const byTrait = new Map<string, number[]>();
  const anywhere = "";
  for (const [place, general] of inOrder.entries()) {
    const { isAnybody, namespace } = general;
    const [trait = []] = traitsOf(general);
    const key = JSON.stringify(trait);
    append(byTrait, isAnybody ? anywhere + key : `${namespace}/${key}`, place);
  }
  return (pod) => {
    const keys = [[], ...traitsOf(pod)].map((trait) => JSON.stringify(trait));
    const places = keys.flatMap((key) => [
      ...(byTrait.get(anywhere + key) ?? []),
      ...(byTrait.get(`${pod.namespace}/${key}`) ?? []),
    ]);
    const candidates = places.sort((a, b) => a - b).flatMap((place) => inOrder[place] ?? []);
    return endpointOf(pod, candidates, injectionOf);
  };
}

function endpointOf(
  pod: ImaginedPod,
  all: readonly ImaginedPod[] = [],
  injectionOf: InjectionOf = asInstalled,
): EndpointFacts {
  const { namespace, labels, serviceAccount, cluster, meshed } = pod;
  return {
    id: podName(pod),
    namespace,
    labels,
    serviceAccount,
    ...(cluster !== undefined && { cluster }),
    ...(meshed === true && injectionOf(namespace)),
    several: true,
    representative: { foldsInto: all.filter((other) => isMoreGeneral(other, pod)).map(podName) },
  };
}

/** What somebody speaks of: labels, and an account. */
const traitsOf = ({ labels, isOfAccount, serviceAccount }: ImaginedPod): [string, string][] => [
  ...Object.entries(labels),
  ...(isOfAccount ? [[SERVICE_ACCOUNT_KEY, serviceAccount] satisfies [string, string]] : []),
];

/** Whether one stands for all that the other stands for, where both are answered alike. */
function isMoreGeneral(general: ImaginedPod, pod: ImaginedPod): boolean {
  if (general === pod || general.cluster !== pod.cluster) return false;
  const meshed = general.meshed === pod.meshed || general.meshed !== true;
  const account = !general.isOfAccount || (pod.isOfAccount && pod.serviceAccount === general.serviceAccount);
  const labels = Object.entries(general.labels).every(([key, value]) => pod.labels[key] === value);
  // A namespace that somebody names on purpose is worth a word of its own.
  const place = general.namespace === pod.namespace || (general.isAnybody && !pod.isElsewhere);
  return meshed && account && labels && place;
}

/** What Cilium reserves for others than nodes and pods. In most clusters they are answered like any pod. */
function reservedOnes({ endpoints }: Scenario): EndpointFacts[] {
  const known = new Set(endpoints.flatMap(({ reserved = [] }) => reserved));
  return ["health", "ingress"]
    .filter((name) => !known.has(name))
    .map((name) => ({ id: name, reserved: [name], representative: { foldsInto: ["any other pod"] } }));
}
