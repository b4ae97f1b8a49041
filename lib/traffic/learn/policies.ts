import type { Direction } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy, PolicyManifest } from "../../cilium/api/policy";
import type { NetworkPolicySpec } from "../../cilium/model/spec";
import { mergedByPeer, meshedEgress } from "../../fence/mesh-flows";
import type { LearnedPolicy } from "./learned";
import type { Rule } from "./rules";

/** The specification of a learned policy in one direction. */
export function specOf(
  name: string,
  namespace: string,
  matchLabels: Record<string, string>,
  direction: Direction,
  rules: readonly Rule[],
): NetworkPolicySpec {
  const about = { name, namespace, endpointSelector: { matchLabels } };
  const what = ({ ports, icmp }: Rule) => ({ ...(ports.length > 0 && { ports }), ...(icmp.length > 0 && { icmp }) });
  if (direction === "egress") return { ...about, egress: rules.map((rule) => ({ to: [rule.peer], ...what(rule) })) };
  return {
    ...about,
    ingress: rules.flatMap((rule) =>
      rule.peer.kind === "fqdn" || rule.peer.kind === "service" ? [] : [{ from: [rule.peer], ...what(rule) }],
    ),
  };
}

/**
 * Why each item of a policy's list is there. A rule with both ports and ICMP becomes two items, and behind those of rules with DNS names stands one by
 * which Cilium learns their addresses.
 */
export function evidenceIn(items: number, direction: Direction, rules: readonly Rule[]): LearnedPolicy["evidence"] {
  const whys = rules.flatMap(({ ports, icmp, seen, pinged, need }) => [
    ...(ports.length > 0 ? [{ seen, ...(need !== undefined && { need }) }] : []),
    ...(icmp.length > 0 ? [{ seen: pinged }] : []),
  ]);
  while (whys.length < items) whys.push({ seen: [], need: "Cilium learns the addresses of DNS names by it" });
  return whys.map((why, rule) => ({ direction, rule, ...why }));
}

/** What the proxy of a meshed pod dials itself, seen or not: a certificate is renewed once a day. */
export function needs(rules: readonly Rule[], names: boolean): Rule[] {
  const resolves = names && rules.some(({ peer }) => peer.kind === "fqdn");
  const flows = meshedEgress().filter(({ id }) => !(id === "dns" && resolves));
  return mergedByPeer(flows).flatMap(({ peer, ports }) => {
    const missing = ports.filter(
      (port) =>
        !rules.some(
          (rule) =>
            isMeant(rule, peer) &&
            rule.ports.some((one) => one.number === port.number && one.protocol === port.protocol),
        ),
    );
    return missing.length === 0
      ? []
      : [{ peer, ports: missing, icmp: [], seen: [], pinged: [], need: "every meshed pod needs it" }];
  });
}

/** Whether a rule is about pods of the same namespace that the mesh needs: the control plane's are told apart by their ports. */
function isMeant({ peer }: Rule, needed: Rule["peer"]): boolean {
  if (peer.kind !== "endpoints" || needed.kind !== "endpoints") return false;
  return JSON.stringify(peer.namespace) === JSON.stringify(needed.namespace);
}

/** An existing policy with rules more: a change of what is there, not another file beside it. */
export function added(
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

/** Both directions of one policy that is changed are one change. */
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
