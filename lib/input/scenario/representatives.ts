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
import type { HypotheticalPod } from "./hypothetical-pods";
import { ANOTHER_CLUSTER, hypotheticalPods, podName } from "./hypothetical-pods";
import { withNamedPorts } from "./named-ports";
import { withImpliedPorts } from "./ports";
import { withServerPorts } from "./server-ports";

/** Limits the size of the matrix, which grows with the square of this number. Some 1,500 policies without any known workload reach it. */
const MAX_REPRESENTATIVES = 3000;

/** The other state of a comparison. */
interface ComparedState extends Pick<Scenario, "endpoints" | "namespaces"> {
  /** Its Linkerd policy objects. */
  objects?: readonly RawObject[];
  /** What injection adds to the pods of a namespace there. */
  injectionOf?: InjectionOf;
}

/** What injection adds to a pod without annotations in a namespace. */
export type InjectionOf = (namespace: string) => { mesh: EndpointMesh; inbound?: InboundFacts };

const defaultInjection: InjectionOf = () => ({ mesh: { injected: true } });

/** What else decides which representatives there are. */
export interface RepresentativeOptions {
  /**
   * The other state of a comparison. A pod that is known in only one state is represented in both, so that its representative does not appear or
   * disappear with a Deployment or with a namespace's label. Its Linkerd objects are taken into account, too. Default: there is none.
   */
  other?: ComparedState | undefined;
  /** Other clusters of the mesh. If selectors without a cluster match any cluster, one more is added. Default: none. */
  clusters?: readonly string[] | undefined;
  /** What Cilium refuses, if it was worked out before. Default: a new cache. */
  refusals?: RefusalCache | undefined;
  /** What injection adds to the pods of a namespace. Default: the chart's defaults. */
  injectionOf?: InjectionOf | undefined;
}

/**
 * Adds representatives: pods that no manifest describes, but that policies may select. These are, for each selector, a pod that it selects and pods
 * that just miss it; a stranger in each namespace and one outside of them; pods under the accounts that Linkerd's authorization names; pods that its
 * Servers and EgressNetworks apply to; and Cilium's reserved identities other than nodes. With a mesh, each pod is added both meshed and unmeshed.
 * One pod represents all that the same selectors select. Known pods need no representative.
 *
 * @param policies The policies to tell pods apart by. To compare two states: those of both.
 * @returns the scenario, and how many representatives there was no room for, so that nothing is evaluated for them
 */
export function withRepresentatives(
  scenario: Scenario,
  policies: readonly EvaluatedPolicy[],
  {
    other = scenario,
    clusters = [],
    refusals = new RefusalCache(),
    injectionOf = defaultInjection,
  }: RepresentativeOptions = {},
): { scenario: Scenario; unrepresented: number } {
  const { selectors, peers } = podSelectors(policies, scenario, refusals);
  const own = scenario.namespaces ?? [];
  const ownNames = new Set(own.map(({ name }) => name));
  const known = {
    cluster: clusterName(scenario.cluster),
    namespaces: [...own, ...(other.namespaces ?? []).filter(({ name }) => !ownNames.has(name))],
    others: [...clusters, ...(mayMatchAnyCluster(scenario) ? [ANOTHER_CLUSTER] : [])],
  };
  const pods = hypotheticalPods([...selectors.values()], known);
  const isMeshed = scenario.mesh !== undefined;
  const injectedAs = (namespace: string) => JSON.stringify([injectionOf(namespace), other.injectionOf?.(namespace)]);
  const strangers = distinct(pods, selectors, {
    ...{ scenario, other, peers },
    ...(isMeshed && { alsoBy: ({ namespace }) => injectedAs(namespace) }),
  });
  const ownObjects = scenario.mesh?.authorization?.objects ?? [];
  const objects = [...ownObjects, ...(other.objects ?? [])];
  const linkerd = new GuardedPods(isMeshed ? objects : []);
  const unknown = linkerd.selectorsOfUnknown([scenario.endpoints, other.endpoints]);
  const withoutKnown = { scenario: { ...scenario, endpoints: [] }, other: { ...other, endpoints: [] }, peers };
  const guarded = distinct(unknown.length === 0 ? [] : hypotheticalPods(unknown, known), selectors, {
    ...withoutKnown,
    alsoBy: (pod) => linkerd.signature(pod),
  }).filter((pod) => linkerd.signature(pod) !== "");
  const clients = accountPods(isMeshed ? namedClients(objects) : [], pods, [
    scenario.endpoints,
    other.endpoints,
  ]).flatMap((under) => distinct(under, selectors, withoutKnown));
  const strangerNames = new Set(strangers.map(podName));
  const more = new Map([...guarded, ...clients].map((pod) => [podName(pod), pod]));
  const all = [...strangers, ...[...more.values()].filter((pod) => !strangerNames.has(podName(pod)))];
  const kept = all.slice(0, MAX_REPRESENTATIVES);
  // To Linkerd, accounts and Servers matter only for pods with a proxy.
  const facts = kept.flatMap((pod, place) => {
    if (!isMeshed) return [pod];
    return place < strangers.length ? [pod, { ...pod, meshed: true }] : [{ ...pod, meshed: true }];
  });
  const namespaces = [...(scenario.namespaces ?? []), ...namespacesOf(kept, scenario)];
  const made = facts.map(endpointsWithin(facts, injectionOf));
  const implied = withImpliedPorts(withServerPorts(made, ownObjects), [], policies, {
    namespaces,
    ...(scenario.cluster && { cluster: scenario.cluster }),
  });
  const endpoints = withNamedPorts(implied, policies, { ...scenario, namespaces }, refusals).map((endpoint) =>
    linkerd.withNamedPorts(endpoint, ownObjects),
  );
  return {
    scenario: {
      ...scenario,
      namespaces,
      endpoints: [...scenario.endpoints, ...endpoints, ...reservedRepresentatives(scenario)],
    },
    unrepresented: all.length - kept.length,
  };
}

/** Whether a selector without a cluster may match other clusters, for any agent. */
function mayMatchAnyCluster({ cluster, nodeSettings = [] }: Scenario): boolean {
  return [cluster, ...nodeSettings.map((own) => own.cluster)].some((one) => one?.policyDefaultLocalCluster === false);
}

/** The label selectors of all subjects and peers in policies, by their text, and the texts of those that are peers. */
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

/** What tells pods apart besides their identities. */
type DistinguishingTraits = Pick<HypotheticalPod, "namespace" | "labels" | "cluster">;

const noDistinguishingTraits: DistinguishingTraits = { namespace: "", labels: {} };

/** One pod for each set of selectors, unless in both states a known pod has the same set. The most general come first. */
function distinct(
  pods: readonly HypotheticalPod[],
  selectors: ReadonlyMap<string, Selector>,
  {
    scenario,
    other,
    peers,
    alsoBy = () => "",
  }: {
    scenario: Scenario;
    other: Pick<Scenario, "endpoints" | "namespaces">;
    peers: ReadonlySet<string>;
    /** Tells pods apart that the same selectors select. */
    alsoBy?: (pod: DistinguishingTraits) => string;
  },
): HypotheticalPod[] {
  const sides = (other === scenario ? [scenario] : [scenario, other]).map((side) => {
    // A namespace may have different labels in each state.
    const within = { ...scenario, namespaces: [...(side.namespaces ?? []), ...namespacesOf(pods, side)] };
    const isPod = (endpoint: EndpointFacts) => endpointKind(endpoint) === "pod";
    const known = side.endpoints.filter(isPod).map((facts) => endpointIdentity(facts, within));
    const hypothetical = pods.map((pod) => endpointIdentity(endpointOf(pod), within));
    const more = [
      ...side.endpoints.filter(isPod).map(({ namespace = "", labels = {} }) => ({ namespace, labels })),
      ...pods,
    ];
    const signatures = signaturesOf([...known, ...hypothetical], { selectors, peers }, scenario).map(
      (signature, place) => `${signature} ${alsoBy(more[place] ?? noDistinguishingTraits)}`,
    );
    return { known: new Set(signatures.slice(0, known.length)), hypothetical: signatures.slice(known.length) };
  });
  const seen = new Set<string>();
  return pods.filter((pod, place) => {
    const signature = sides.map(({ hypothetical }) => hypothetical[place]).join("\n");
    if (seen.has(signature)) return false;
    seen.add(signature);
    return pod.isUnspecific || !sides.every(({ known, hypothetical }) => known.has(hypothetical[place] ?? ""));
  });
}

/** For each identity, its cluster and the selectors that select it. */
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
    // Policies of this cluster never apply to pods of another, so only peers count for those.
    const telling = aggregate === "aggregate-cluster" ? selecting : selecting.filter((number) => isPeer[number]);
    return `${labels.lookup("k8s", CLUSTER_KEY)} ${telling.join()}`;
  });
}

/** The hypothetical namespaces of pods, which have labels instead of a name. */
function namespacesOf(
  pods: readonly HypotheticalPod[],
  { namespaces = [] }: Pick<Scenario, "namespaces">,
): NamespaceFacts[] {
  const known = new Set(namespaces.map(({ name }) => name));
  const made = new Map<string, NamespaceFacts>();
  for (const { namespace, namespaceLabels } of pods)
    if (!known.has(namespace)) made.set(namespace, { name: namespace, labels: namespaceLabels });
  return [...made.values()];
}

/**
 * Makes endpoints of pods. Each folds into the more general ones among all: those in its namespace or in none, without a label that it lacks, and
 * without another account.
 */
function endpointsWithin(
  all: readonly HypotheticalPod[],
  injectionOf: InjectionOf,
): (pod: HypotheticalPod) => EndpointFacts {
  const inOrder = [
    ...all.filter(({ isUnspecific }) => isUnspecific),
    ...all.filter(({ isUnspecific }) => !isUnspecific),
  ];
  // Indexed by namespace and one trait, so that a pod is not compared with every pod of its namespace.
  const byTrait = new Map<string, number[]>();
  const anywhere = "";
  for (const [place, general] of inOrder.entries()) {
    const { isUnspecific, namespace } = general;
    const [trait = []] = traitsOf(general);
    const key = JSON.stringify(trait);
    append(byTrait, isUnspecific ? anywhere + key : `${namespace}/${key}`, place);
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
  pod: HypotheticalPod,
  all: readonly HypotheticalPod[] = [],
  injectionOf: InjectionOf = defaultInjection,
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

/** The traits of a pod that policies name: its labels and, if named, its account. */
const traitsOf = ({ labels, hasNamedAccount, serviceAccount }: HypotheticalPod): [string, string][] => [
  ...Object.entries(labels),
  ...(hasNamedAccount ? [[SERVICE_ACCOUNT_KEY, serviceAccount] satisfies [string, string]] : []),
];

/** Whether one pod represents everything that the other one represents, if both have the same verdicts. */
function isMoreGeneral(general: HypotheticalPod, pod: HypotheticalPod): boolean {
  if (general === pod || general.cluster !== pod.cluster) return false;
  const meshed = general.meshed === pod.meshed || general.meshed !== true;
  const account = !general.hasNamedAccount || (pod.hasNamedAccount && pod.serviceAccount === general.serviceAccount);
  const labels = Object.entries(general.labels).every(([key, value]) => pod.labels[key] === value);
  // A pod in a namespace that a policy names explicitly is always shown by itself.
  const place = general.namespace === pod.namespace || (general.isUnspecific && !pod.isInUnknownNamespace);
  return meshed && account && labels && place;
}

/** Cilium's reserved identities that are neither nodes nor pods. In most clusters they have the same verdicts as any pod. */
function reservedRepresentatives({ endpoints }: Scenario): EndpointFacts[] {
  const known = new Set(endpoints.flatMap(({ reserved = [] }) => reserved));
  return ["health", "ingress"]
    .filter((name) => !known.has(name))
    .map((name) => ({ id: name, reserved: [name], representative: { foldsInto: ["any other pod"] } }));
}
