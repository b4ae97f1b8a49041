import type { Direction } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy, PolicyManifest } from "../../cilium/api/policy";
import { isIngressPeer } from "../../cilium/model/peer";
import type { NetworkPolicySpec } from "../../cilium/model/spec";
import { mergedByPeer, meshedEgress } from "../../fence/mesh-flows";
import type { LearnedPolicy } from "./learned";
import type { LearnedRule } from "./rules";

/** The specification of a learned policy in one direction. */
export function specOf(
  name: string,
  namespace: string,
  matchLabels: Record<string, string>,
  direction: Direction,
  rules: readonly LearnedRule[],
): NetworkPolicySpec {
  const about = { name, namespace, endpointSelector: { matchLabels } };
  const what = ({ ports, icmp }: LearnedRule) => ({
    ...(ports.length > 0 && { ports }),
    ...(icmp.length > 0 && { icmp }),
  });
  if (direction === "egress") return { ...about, egress: rules.map((rule) => ({ to: [rule.peer], ...what(rule) })) };
  return {
    ...about,
    ingress: rules.flatMap((rule) => (isIngressPeer(rule.peer) ? [{ from: [rule.peer], ...what(rule) }] : [])),
  };
}

/**
 * Why each rule of a rendered policy is there. A learned rule with both ports and ICMP becomes two, and DNS names add a last one, by which Cilium
 * learns their addresses.
 */
export function evidenceIn(
  items: number,
  direction: Direction,
  rules: readonly LearnedRule[],
): LearnedPolicy["evidence"] {
  const whys = rules.flatMap(({ ports, icmp, seen, icmpSeen, need }) => [
    ...(ports.length > 0 ? [{ seen, ...(need !== undefined && { need }) }] : []),
    ...(icmp.length > 0 ? [{ seen: icmpSeen }] : []),
  ]);
  while (whys.length < items) whys.push({ seen: [], need: "Cilium learns the addresses of DNS names by it" });
  return whys.map((why, rule) => ({ direction, rule, ...why }));
}

/** Rules for what the proxy of a meshed pod connects to by itself, even if not seen: it renews its certificate once a day. */
export function meshNeeds(rules: readonly LearnedRule[], names: boolean): LearnedRule[] {
  const resolves = names && rules.some(({ peer }) => peer.kind === "fqdn");
  const flows = meshedEgress().filter(({ id }) => !(id === "dns" && resolves));
  return mergedByPeer(flows).flatMap(({ peer, ports }) => {
    const missing = ports.filter(
      (port) =>
        !rules.some(
          (rule) =>
            coversPeer(rule, peer) &&
            rule.ports.some((one) => one.number === port.number && one.protocol === port.protocol),
        ),
    );
    return missing.length === 0
      ? []
      : [{ peer, ports: missing, icmp: [], seen: [], icmpSeen: [], need: "every meshed pod needs it" }];
  });
}

/** Whether a rule is for pods of the same namespace as a peer that the mesh needs. Ports tell the pods of the control plane apart. */
function coversPeer({ peer }: LearnedRule, needed: LearnedRule["peer"]): boolean {
  if (peer.kind !== "endpoints" || needed.kind !== "endpoints") return false;
  return JSON.stringify(peer.namespace) === JSON.stringify(needed.namespace);
}

/** An existing policy with added rules, as a change of its file. */
export function withAddedRules(
  existing: EvaluatedPolicy,
  { spec }: PolicyManifest,
  direction: Direction,
  evidence: LearnedPolicy["evidence"],
): LearnedPolicy {
  const before = existing.spec?.[direction] ?? [];
  const manifest = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: existing.metadata,
    spec: { ...existing.spec, [direction]: [...before, ...(spec?.[direction] ?? [])] },
  } as PolicyManifest;
  return {
    manifest,
    changes: existing,
    evidence: evidence.map((one) => ({ ...one, rule: one.rule + before.length })),
  };
}

/** Merges the changes of both directions of an existing policy into one. */
export function mergedChanges(policies: readonly LearnedPolicy[]): LearnedPolicy[] {
  const result: LearnedPolicy[] = [];
  for (const policy of policies) {
    const same = policy.changes && result.find(({ changes }) => changes === policy.changes);
    if (same === undefined) result.push(policy);
    else {
      const [{ direction } = { direction: "ingress" as const }] = policy.evidence;
      same.manifest = {
        ...same.manifest,
        spec: { ...same.manifest.spec, [direction]: policy.manifest.spec?.[direction] },
      };
      same.evidence.push(...policy.evidence);
    }
  }
  return result;
}
