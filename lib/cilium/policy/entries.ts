import type { Path } from "../../common/problem";
import type { LabelSelector } from "../../kubernetes/label-selector";
import type { Scenario } from "../../scenario/scenario";
import { ambiguousKey, ambiguousWords } from "../api/ambiguous-selector";
import { entitySelectors } from "../api/entities";
import { fqdnKey, fqdnSelector } from "../api/fqdn";
import type { EgressRule, EvaluatedPolicy, IngressRule } from "../api/policy";
import { policyRules } from "../api/refusals";
import {
  type PeerScope,
  peerSelector,
  type Selector,
  selectsInit,
  servicePeerSelector,
  subjectSelector,
  WILDCARD,
} from "../api/selector";
import { clusterName } from "./identity";
import { type L4, namesPorts, ruleL4 } from "./l4";
import { cidrPeer, cidrRulePeer, groupPeer, isWildcard, labelPeer, type Peer, unseenPeer } from "./peer";
import { describeService, matchingServices } from "./services";

export type Direction = "ingress" | "egress";

/**
 * One item of `ingress`, `egress`, `ingressDeny` or `egressDeny` as the engine sees it (`types.PolicyEntry`).
 */
export interface Entry {
  /** Place of the policy in the list compiled. */
  policy: number;
  /** Where the item stands in the policy. */
  path: Path;
  subject: Selector;
  /** The policy selects nodes: it says nothing about pods. */
  node: boolean;
  direction: Direction;
  deny: boolean;
  /** What no rule allows is denied to the subject, in this direction. */
  defaultDeny: boolean;
  /** Empty: nobody. */
  peers: readonly Peer[];
  l4: readonly L4[];
  /** `authentication.mode`, which decides together with what a rule can be merged. */
  authentication: string | undefined;
}

/** The entries of a policy that Cilium takes, in its order (`RulesToPolicyEntries`). */
export function policyEntries(policy: EvaluatedPolicy, index: number, scenario: Scenario): Entry[] {
  const namespace = policyNamespace(policy);
  const entries: Entry[] = [];
  for (const { rule, path } of policyRules(policy)) {
    const node = rule.nodeSelector !== undefined;
    const selects: LabelSelector = (node ? rule.nodeSelector : rule.endpointSelector) ?? {};
    const scope: PeerScope = {
      namespace,
      cluster: clusterName(scenario.cluster),
      ...(scenario.cluster?.policyDefaultLocalCluster === false && { anyCluster: true }),
      subjectIsInit: selectsInit(rule.endpointSelector ?? undefined),
    };
    const base = { policy: index, node, subject: subjectSelector(selects, node ? undefined : namespace) };
    const add = <T extends IngressRule | EgressRule>(
      items: (T | null)[] | null | undefined,
      direction: Direction,
      deny: boolean,
      peersOf: (item: T) => Peer[] | undefined,
    ): void => {
      for (const [place, given] of (items ?? []).entries()) {
        const item = given ?? ({} as T);
        entries.push({
          ...base,
          path: [...path, deny ? `${direction}Deny` : direction, place],
          direction,
          deny,
          // Sanitize fills in true for a direction that has rules, and only such a direction has entries.
          defaultDeny: rule.enableDefaultDeny?.[direction] ?? true,
          peers: effectivePeers(peersOf(item), item),
          l4: ruleL4(item, deny),
          authentication: deny ? undefined : item.authentication?.mode,
        });
      }
    };
    add(rule.ingress, "ingress", false, (item) => ingressPeers(item, scope, scenario));
    add(rule.ingressDeny, "ingress", true, (item) => ingressPeers(item, scope, scenario));
    add(rule.egress, "egress", false, (item) => egressPeers(item, scope, scenario));
    add(rule.egressDeny, "egress", true, (item) => egressDenyPeers(item, scope, scenario));
  }
  return entries;
}

/** The namespace of a policy; undefined of a clusterwide one. */
export function policyNamespace(policy: EvaluatedPolicy): string | undefined {
  return policy.kind === "CiliumClusterwideNetworkPolicy" ? undefined : policy.metadata?.namespace || "default";
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

function ingressPeers(item: IngressRule, scope: PeerScope, scenario: Scenario): Peer[] | undefined {
  if ([item.fromEndpoints, item.fromNodes, item.fromEntities, item.fromCIDR, item.fromCIDRSet].some(isEmptyList))
    return undefined;
  return [
    ...list(item.fromEndpoints).map((selector) => selectorPeer(selector ?? {}, scope)),
    ...list(item.fromEntities).flatMap((entity) => entityPeers(entity, scope)),
    ...list(item.fromCIDR).map((cidr) => cidrPeer(cidr, [], scenario.cluster)),
    ...list(item.fromCIDRSet).map((rule) => cidrRulePeer(rule ?? {}, scenario)),
    ...list(item.fromGroups).map((group) => groupPeer("the addresses of fromGroups", JSON.stringify(group))),
  ];
}

/** `toServices` is rewritten before anything else, so a Service that exists fills even an empty list. */
function egressPeers(item: EgressRule, scope: PeerScope, scenario: Scenario): Peer[] | undefined {
  const services = servicePeers(item, scope, scenario);
  const endpoints = isEmptyList(item.toEndpoints) && services.endpoints.length + services.unseen.length === 0;
  const cidrSet = isEmptyList(item.toCIDRSet) && services.cidrs.length + services.unseen.length === 0;
  if (endpoints || cidrSet || [item.toNodes, item.toEntities, item.toCIDR].some(isEmptyList)) return undefined;
  return [
    ...toPeers(item, scope, scenario),
    ...services.endpoints,
    ...services.cidrs,
    ...services.unseen,
    ...list(item.toFQDNs).map((selector) => labelPeer(fqdnSelector(selector ?? {}))),
  ];
}

/** A deny rule neither resolves Services nor knows DNS names: `toServices` in one is as if it were not there. */
function egressDenyPeers(item: EgressRule, scope: PeerScope, scenario: Scenario): Peer[] | undefined {
  if ([item.toEndpoints, item.toNodes, item.toEntities, item.toCIDR, item.toCIDRSet].some(isEmptyList))
    return undefined;
  return toPeers(item, scope, scenario);
}

function toPeers(item: EgressRule, scope: PeerScope, scenario: Scenario): Peer[] {
  return [
    ...list(item.toEndpoints).map((selector) => selectorPeer(selector ?? {}, scope)),
    ...list(item.toEntities).flatMap((entity) => entityPeers(entity, scope)),
    ...list(item.toCIDR).map((cidr) => cidrPeer(cidr, [], scenario.cluster)),
    ...list(item.toCIDRSet).map((rule) => cidrRulePeer(rule ?? {}, scenario)),
    ...list(item.toGroups).map((group) => groupPeer("the addresses of toGroups", JSON.stringify(group))),
  ];
}

function selectorPeer(selector: LabelSelector, scope: PeerScope): Peer {
  const key = ambiguousKey(selector);
  const peer = peerSelector(selector, scope);
  return key === undefined ? labelPeer(peer) : unseenPeer(ambiguousWords(key), peer);
}

function entityPeers(entity: string, { cluster }: PeerScope): Peer[] {
  return (entitySelectors(entity, cluster) ?? []).map(labelPeer);
}

/** What `toServices` is rewritten to. */
interface ServicePeers {
  /** The pods behind Services with a selector. */
  endpoints: Peer[];
  /** The backends' addresses of those without. */
  cidrs: Peer[];
  /** For members that mean no Service of the scenario, where there may be others, and Services of which it is not known what is behind them. */
  unseen: Peer[];
}

function servicePeers(item: EgressRule, scope: PeerScope, scenario: Scenario): ServicePeers {
  const peers: ServicePeers = { endpoints: [], cidrs: [], unseen: [] };
  for (const reference of list(item.toServices)) {
    const services = matchingServices(reference ?? {}, scenario.services ?? []);
    const unseen = services.length === 0 && scenario.unseenServices ? describeService(reference ?? {}) : undefined;
    if (unseen !== undefined) peers.unseen.push(unseenPeer(unseen));
    for (const service of services) {
      const pods = service.selector ?? {};
      if (Object.keys(pods).length > 0)
        peers.endpoints.push(labelPeer(servicePeerSelector(pods, service.namespace, scope)));
      else if (service.unseenBackends === true)
        peers.unseen.push(
          unseenPeer(`the addresses behind the Service "${service.name}" in the namespace "${service.namespace}"`),
        );
      else peers.cidrs.push(...(service.backends ?? []).map((address) => cidrPeer(address, [], scenario.cluster)));
    }
  }
  return peers;
}

function list<T>(items: readonly T[] | null | undefined): readonly T[] {
  return items ?? [];
}

function isEmptyList(items: readonly unknown[] | null | undefined): boolean {
  return items?.length === 0;
}
