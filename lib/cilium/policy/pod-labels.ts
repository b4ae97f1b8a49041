import type { EndpointFacts, NamespaceFacts, NodeSettings, Scenario } from "../../scenario/scenario";
import {
  ANY_KEY,
  CILIUM_OWNED_PREFIX,
  CLUSTER_KEY,
  K8S_SOURCE,
  type Label,
  LabelSet,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  SERVICE_ACCOUNT_KEY,
  splitSource,
  type UnknownLabels,
} from "../api/labels";
import { clusterName } from "./cluster-name";
import { isIdentityLabel, labelFilter } from "./label-filter";
import { holdsFor, missingOf } from "./node-selector";

/**
 * The security labels of a pod (`SanitizePodLabels`): its own, except those that Cilium owns; its namespace's name and labels; its service account
 * and cluster. Of these, the ones that pass the label filter.
 *
 * @example
 * podLabels({ namespace: "shop", labels: { app: "web" } }, { namespaces: [{ name: "shop", labels: { team: "a" } }] });
 */
export function podLabels(
  endpoint: Pick<
    EndpointFacts,
    "labels" | "unknownLabels" | "namespace" | "serviceAccount" | "cluster" | "nodeLabels" | "isNodeKnown"
  >,
  scenario: { readonly [part in "cluster" | "namespaces" | "nodeSettings"]?: Scenario[part] | undefined },
): LabelSet {
  const namespace = endpoint.namespace ?? "";
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(endpoint.labels ?? {})) {
    if (!key.startsWith(CILIUM_OWNED_PREFIX)) labels.set(key, value);
  }
  const facts = scenario.namespaces?.find(({ name }) => name === namespace);
  // The API server labels every namespace with its name.
  for (const [key, value] of Object.entries({ "kubernetes.io/metadata.name": namespace, ...facts?.labels })) {
    labels.set(NAMESPACE_LABELS_PREFIX + key, value);
  }
  labels.set(NAMESPACE_KEY, namespace);
  if (endpoint.serviceAccount !== undefined && endpoint.serviceAccount !== "") {
    labels.set(SERVICE_ACCOUNT_KEY, endpoint.serviceAccount);
  }
  labels.set(CLUSTER_KEY, endpoint.cluster ?? clusterName(scenario.cluster));
  const k8s = [...labels].map(([key, value]): Label => ({ source: K8S_SOURCE, key: splitSource(key).key, value }));
  const filters = labelFilters(endpoint, scenario);
  const [isKept = isIdentityLabel, ...others] = filters.possible;
  if (others.length === 0) return new LabelSet(k8s.filter(isKept), unknownLabels(endpoint, facts, isKept));
  // Labels that one node's agent would keep and another's would not.
  const isUndecided = (label: Label) => new Set(filters.possible.map((keeps) => keeps(label))).size > 1;
  const undecided = k8s.filter(isUndecided).map(({ key }) => [key, filters.missing] as const);
  return new LabelSet(
    k8s.filter((label) => isKept(label) && !isUndecided(label)),
    new Map([
      ...undecided,
      ...unknownLabels(endpoint, facts, (label) => filters.possible.some((keeps) => keeps(label))),
    ]),
  );
}

type LabelFilter = ReturnType<typeof labelFilter>;

/** The label filters that the agent of an endpoint may have: several if it is not known on which node the endpoint runs. */
export function labelFilters(
  endpoint: Pick<EndpointFacts, "nodeLabels" | "isNodeKnown">,
  { cluster, nodeSettings = [] }: { [part in "cluster" | "nodeSettings"]?: Scenario[part] | undefined },
): { possible: LabelFilter[]; missing: string } {
  let possible = [cluster?.labels];
  const undecided: NodeSettings[] = [];
  for (const settings of nodeSettings) {
    const { labels } = settings.cluster;
    const holds = labels === undefined ? false : holdsFor(settings, endpoint);
    if (holds === undefined) undecided.push(settings);
    if (holds !== false) possible = holds === true ? [labels] : [...possible, labels];
  }
  return {
    possible: [...new Set(possible.map((configured) => labelFilter(configured)))],
    missing: missingOf(undecided),
  };
}

function unknownLabels(
  endpoint: Pick<EndpointFacts, "unknownLabels">,
  namespace: NamespaceFacts | undefined,
  isKept: (label: Label) => boolean,
): UnknownLabels {
  if (endpoint.unknownLabels === undefined && namespace?.unknownLabels === undefined) return new Map();
  const own = Object.entries(endpoint.unknownLabels ?? {}).filter(([key]) => !key.startsWith(CILIUM_OWNED_PREFIX));
  const account = Object.entries(endpoint.unknownLabels ?? {}).filter(([key]) => key === SERVICE_ACCOUNT_KEY);
  const inherited = Object.entries(namespace?.unknownLabels ?? {}).map(
    ([key, missing]) => [key === ANY_KEY ? key : NAMESPACE_LABELS_PREFIX + key, missing] as const,
  );
  const all = [...own, ...account, ...inherited];
  return new Map(all.filter(([key]) => key === ANY_KEY || isKept({ source: K8S_SOURCE, key, value: "" })));
}
