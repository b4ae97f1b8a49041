import type { Path } from "../../common/problem";
import type { LabelSelector } from "../../kubernetes/label-selector";
import type { Scenario } from "../../scenario/scenario";
import { ambiguousKey, ambiguousWords, withoutAmbiguity } from "../api/ambiguous-selector";
import { fqdnKey } from "../api/fqdn";
import type { Direction } from "../api/peer-lists";
import type { EgressRule, EvaluatedPolicy, IngressRule, OrderedRules, Rule, UndecidedRules } from "../api/policy";
import { policyRules } from "../api/refusals";
import { ruleItems } from "../api/rule-items";
import { type PeerScope, type Selector, selectsInit, subjectSelector, WILDCARD } from "../api/selector";
import { clusterName } from "./identity";
import { type L4, namesPorts, ruleL4 } from "./l4";
import { isWildcard, labelPeer, maybePeer, type Peer } from "./peer";
import { rulePeers } from "./rule-peers";
import { Tier } from "./tiers";

export type { Direction } from "../api/peer-lists";

/**
 * One item of `ingress`, `egress`, `ingressDeny` or `egressDeny` as the engine sees it (`types.PolicyEntry`).
 */
export interface Entry {
  /** Place of the policy in the list compiled. */
  policy: number;
  /** Where the item stands in the policy. */
  path: Path;
  subject: Selector;
  /** What would have to be known to say whom it is for. It is then for some of those that `subject` selects, or for none. */
  uncertain?: string;
  /** Of one that is not all known: how it is written, see {@link UndecidedRules}. */
  written?: string;
  /** The policy selects nodes: it says nothing about pods. */
  node: boolean;
  direction: Direction;
  deny: boolean;
  /** It neither allows nor denies, but what is left of its tier is skipped. */
  passes: boolean;
  /** A higher tier is asked first. */
  tier: Tier;
  /** Within its tier, what is lower is asked first. */
  priority: number;
  /** What no rule allows is denied to the subject, in this direction. */
  defaultDeny: boolean;
  /** Empty: nobody. */
  peers: readonly Peer[];
  l4: readonly L4[];
  /** `authentication.mode`, which decides together with what a rule can be merged. */
  authentication: string | undefined;
}

/**
 * The entries of a policy that Cilium takes, in its order (`RulesToPolicyEntries`).
 *
 * @param undecided What becomes of what is not known: with `no match`, labels alone count.
 */
export function policyEntries(
  policy: EvaluatedPolicy,
  index: number,
  scenario: Scenario,
  undecided: "unknown" | "no match" = "unknown",
): Entry[] {
  const given = policyRules(policy).flatMap(({ rule, path }) =>
    ruleEntries(
      rule,
      { policy: index, path, namespace: policyNamespace(policy), undecided, ordered: policy.ordered },
      scenario,
    ),
  );
  if (undecided === "no match") return given;
  return [...given, ...(policy.undecided ?? []).flatMap((rules) => undecidedEntries(rules, policy, index, scenario))];
}

/** What rules that hang on something unknown may say at most. */
function undecidedEntries(
  { rule, path, missing, written, isWhole = false, isSure = false, isAnywhere = false }: UndecidedRules,
  policy: EvaluatedPolicy,
  index: number,
  scenario: Scenario,
): Entry[] {
  const namespace = isAnywhere ? undefined : policyNamespace(policy);
  const entries = ruleEntries(
    rule,
    { policy: index, path, namespace, undecided: "unknown", ordered: policy.ordered },
    scenario,
  );
  return entries.map((entry) => {
    const peers = isSure ? entry.peers : entry.peers.map((peer) => maybePeer(peer, missing, entry.deny, written));
    return { ...entry, path, peers, ...(isWhole && { uncertain: missing }), ...(written !== undefined && { written }) };
  });
}

interface Place {
  /** Of the policy in the list compiled. */
  policy: number;
  /** Of the rule in the policy. */
  path: Path;
  namespace: string | undefined;
  undecided: "unknown" | "no match";
  ordered?: OrderedRules | undefined;
}

function ruleEntries(rule: Rule, { policy, path, namespace, undecided, ordered }: Place, scenario: Scenario): Entry[] {
  const entries: Entry[] = [];
  const node = rule.nodeSelector !== undefined;
  const selects: LabelSelector = (node ? rule.nodeSelector : rule.endpointSelector) ?? {};
  const scope: PeerScope = {
    namespace,
    cluster: clusterName(scenario.cluster),
    ...(scenario.cluster?.policyDefaultLocalCluster === false && { anyCluster: true }),
    subjectIsInit: selectsInit(rule.endpointSelector ?? undefined),
  };
  const ambiguous = undecided === "unknown" ? ambiguousKey(selects) : undefined;
  const subject = subjectSelector(
    ambiguous === undefined ? selects : withoutAmbiguity(selects, ambiguous),
    node ? undefined : namespace,
  );
  const uncertain = ambiguous === undefined ? undefined : ambiguousWords(ambiguous);
  const base = { policy, node, subject, ...(uncertain !== undefined && { uncertain }) };
  for (const { path: at, ...of } of ruleItems(rule)) {
    const { item, direction, deny } = of;
    const order = ordered?.items[itemList(direction, deny)][Number(at[1])];
    entries.push({
      ...base,
      path: [...path, ...at],
      direction,
      deny,
      passes: order?.passes === true,
      tier: Tier[ordered?.tier ?? "Normal"],
      priority: order?.priority ?? 0,
      // Sanitize fills in true for a direction that has rules, and only such a direction has entries.
      defaultDeny: rule.enableDefaultDeny?.[direction] ?? true,
      peers: effectivePeers(rulePeers(of, order === undefined ? scope : { ...scope, given: order }, scenario), item),
      l4: ruleL4(item, deny),
      authentication: deny ? undefined : item.authentication?.mode,
    });
  }
  return entries;
}

const itemList = (direction: Direction, deny: boolean) => (deny ? (`${direction}Deny` as const) : direction);

/** The namespace of a policy; undefined of a clusterwide one. */
export function policyNamespace(policy: EvaluatedPolicy): string | undefined {
  const isClusterwide = policy.kind === "CiliumClusterwideNetworkPolicy" || policy.kind === "ClusterNetworkPolicy";
  return isClusterwide ? undefined : policy.metadata?.namespace || "default";
}

/** Every DNS name and pattern that the policies allow by: an address that one of them resolved to is labelled with it. */
export function fqdnPatterns(policies: readonly EvaluatedPolicy[]): string[] {
  const keys = policies
    .flatMap((policy) => policyRules(policy))
    .flatMap(({ rule }) => rule.egress ?? [])
    .flatMap((item) => item?.toFQDNs ?? [])
    .map((selector) => fqdnKey(selector ?? {}));
  return [...new Set(keys)].filter((key) => key !== "");
}

/**
 * Undefined peers (an empty list was given) are nobody. No peer at all is everybody if the rule names ports, else nobody: `ingress: [{}]`
 * is a default deny that allows nothing. That includes `toServices` of which no Service exists, which opens its ports to the world.
 */
function effectivePeers(peers: Peer[] | undefined, item: IngressRule | EgressRule): Peer[] {
  if (peers === undefined) return [];
  // Everybody beside others leaves only everybody (`AddSelectorsTxn`), which decides what the rule is merged with.
  if (peers.some(isWildcard)) return [labelPeer(WILDCARD)];
  if (peers.length > 0) return peers;
  return namesPorts(item) ? [labelPeer(WILDCARD)] : [];
}
