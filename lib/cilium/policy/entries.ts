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
import { clusterName } from "./cluster-name";
import { type L4, namesPorts, ruleL4 } from "./l4";
import { isWildcard, labelPeer, maybePeer, type Peer } from "./peer";
import { rulePeers } from "./rule-peers";
import { Tier } from "./tiers";

export type { Direction } from "../api/peer-lists";

/**
 * One item of `ingress`, `egress`, `ingressDeny` or `egressDeny`, compiled (`types.PolicyEntry`).
 */
export interface Entry {
  /** Index of the policy in the compiled list. */
  policy: number;
  /** Path of the item in the policy. */
  path: Path;
  subject: Selector;
  /** Set if it is not known whom the entry applies to: the missing fact, in words. It then applies to some of what `subject` selects, or to none. */
  uncertain?: string;
  /** How an entry that is not fully known is written, see {@link UndecidedRules}. */
  written?: string;
  /** Whether the policy selects nodes rather than pods. */
  node: boolean;
  direction: Direction;
  deny: boolean;
  /** Whether it neither allows nor denies, but skips the rest of its tier. */
  passes: boolean;
  tier: Tier;
  /** Within the tier, lower values are evaluated first. */
  priority: number;
  /** Whether the subject is denied everything in this direction that no rule allows. */
  defaultDeny: boolean;
  /** Empty: it matches no peer. */
  peers: readonly Peer[];
  l4: readonly L4[];
  /** `authentication.mode`. Rules with different modes cannot be merged. */
  authentication: string | undefined;
}

/**
 * The entries of a policy that Cilium accepts, in Cilium's order (`RulesToPolicyEntries`).
 *
 * @param undecided What to do about missing facts: mark the entries as uncertain, or go by the labels alone (`no match`).
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

/** The entries of rules that depend on a missing fact: everything that they might say. */
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

interface RuleContext {
  /** Index of the policy in the compiled list. */
  policy: number;
  /** Path of the rule in the policy. */
  path: Path;
  namespace: string | undefined;
  undecided: "unknown" | "no match";
  ordered?: OrderedRules | undefined;
}

function ruleEntries(
  rule: Rule,
  { policy, path, namespace, undecided, ordered }: RuleContext,
  scenario: Scenario,
): Entry[] {
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
      // Cilium's Sanitize defaults this to true for a direction that has rules, and only such a direction has entries.
      defaultDeny: rule.enableDefaultDeny?.[direction] ?? true,
      peers: effectivePeers(rulePeers(of, order === undefined ? scope : { ...scope, given: order }, scenario), item),
      l4: ruleL4(item, deny),
      authentication: deny ? undefined : item.authentication?.mode,
    });
  }
  return entries;
}

const itemList = (direction: Direction, deny: boolean) => (deny ? (`${direction}Deny` as const) : direction);

/** The namespace of a policy; undefined for a clusterwide one. */
export function policyNamespace(policy: EvaluatedPolicy): string | undefined {
  const isClusterwide = policy.kind === "CiliumClusterwideNetworkPolicy" || policy.kind === "ClusterNetworkPolicy";
  return isClusterwide ? undefined : policy.metadata?.namespace || "default";
}

/** Every DNS name and pattern in `toFQDNs`. Each becomes a label of the addresses that resolve from it. */
export function fqdnPatterns(policies: readonly EvaluatedPolicy[]): string[] {
  const keys = policies
    .flatMap((policy) => policyRules(policy))
    .flatMap(({ rule }) => rule.egress ?? [])
    .flatMap((item) => item?.toFQDNs ?? [])
    .map((selector) => fqdnKey(selector ?? {}));
  return [...new Set(keys)].filter((key) => key !== "");
}

/**
 * Undefined peers (the item has an empty list) match nobody. An item without peers matches everybody if it names ports, and otherwise nobody:
 * `ingress: [{}]` turns default deny on and allows nothing. A `toServices` that matches no Service counts as no peers, so its ports are open to
 * the world.
 */
function effectivePeers(peers: Peer[] | undefined, item: IngressRule | EgressRule): Peer[] {
  if (peers === undefined) return [];
  // A wildcard absorbs all other peers (`AddSelectorsTxn`), which decides what the rule is merged with.
  if (peers.some(isWildcard)) return [labelPeer(WILDCARD)];
  if (peers.length > 0) return peers;
  return namesPorts(item) ? [labelPeer(WILDCARD)] : [];
}
