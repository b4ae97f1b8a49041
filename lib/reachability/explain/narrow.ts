import type { KubernetesPolicySpec } from "../../cilium/api/from-kubernetes";
import type { Rule } from "../../cilium/api/policy";
import { type Direction, type Entry, policyNamespace } from "../../cilium/policy/entries";
import type { Peer } from "../../cilium/policy/peer";
import type { Path } from "../../common/problem";
import { PROTOCOL_NUMBERS, portNameKey } from "../../kubernetes/ports";
import type { Edit } from "./edits";
import { finerEdit } from "./finer";
import { kubernetesRulesWithout } from "./kubernetes";
import type { Packet, Parties, Party, Talk } from "./parties";
import { type Item, protocolName } from "./peers";
import { listed, policyWords, ruleWords } from "./sentence";
import { type Accepted, isKubernetes, placeOf, writtenPath } from "./sources";
import { itemsWithout } from "./without";

/** Flows between two ends, seen from one of them. */
export interface AtEnd extends Talk {
  parties: Parties;
  direction: Direction;
  subject: Party;
  peer: Party;
}

/** Edits, one for each rule as written, that take flows out of the rules which match them, and leave default deny unchanged. */
export function narrowed(entries: readonly Entry[], at: AtEnd, takenOut: TakenOut = "flow"): Edit[] {
  const byRule = new Map<string, { accepted: Accepted; path: Path; entries: Entry[] }>();
  for (const entry of entries) {
    const accepted = at.parties.policy(entry.policy);
    if (accepted === undefined) continue;
    const path = writtenPath(accepted, entry.path);
    const key = JSON.stringify([entry.policy, path]);
    const known = byRule.get(key);
    if (known === undefined) byRule.set(key, { accepted, path, entries: [entry] });
    else known.entries.push(entry);
  }
  const rules = [...byRule.values()];
  return rules.flatMap((rule) => {
    // The effect of a ClusterNetworkPolicy's rule depends on the order of all such rules, in other policies too: leave it alone.
    if (rule.accepted.policy.kind === "ClusterNetworkPolicy") return [];
    const narrowedRules = rules.filter(({ accepted }) => accepted === rule.accepted);
    return isKubernetes(rule.accepted.source)
      ? kubernetesEdit(rule, narrowedRules, at, takenOut)
      : ciliumEdit(rule, narrowedRules, at, takenOut);
  });
}

/** The edits that remove `authentication` from rules that require it, as one proposal; empty if none does. */
export function withoutAuthentication(entries: readonly Entry[], { parties }: AtEnd): Edit[][] {
  const edits = entries.flatMap((entry): Edit[] => {
    const accepted = parties.policy(entry.policy);
    const item = accepted && memberAt(accepted.source, entry.path);
    if (accepted === undefined || typeof item !== "object" || item === null) return [];
    const { authentication: _, ...value } = item as Item;
    const words = `take authentication out of ${ruleWords(entry, placeOf(accepted, entry.path))}`;
    return [{ policy: accepted.index, action: "replace", path: entry.path, values: [value], words }];
  });
  const distinct = [...new Map(edits.map((edit) => [edit.words, edit])).values()];
  return distinct.length === 0 ? [] : [distinct];
}

/** How much to remove from a rule: only the flows, or all of it. */
export type TakenOut = "flow" | "rule";

interface Narrowed {
  accepted: Accepted;
  path: Path;
  entries: readonly Entry[];
}

function ciliumEdit(
  { accepted, path, entries }: Narrowed,
  narrowedRules: readonly Narrowed[],
  at: AtEnd,
  takenOut: TakenOut,
): Edit[] {
  const [entry] = entries;
  const item = memberAt(accepted.source, path) as Item | null | undefined;
  if (entry === undefined || item === undefined || accepted.policy.kind === "NetworkPolicy") return [];
  const namespace = policyNamespace(accepted.policy);
  const isDeny = entry.deny;
  const values: object[] = takenOut === "rule" ? [] : itemsWithout(item ?? {}, { ...at, namespace, isDeny });
  const rule = memberAt(accepted.source, path.slice(0, -2)) as Rule;
  // If nothing else is left in this direction, an empty rule keeps it closed, and keeps the policy valid for Cilium.
  const lists = entry.direction === "ingress" ? [rule.ingress, rule.ingressDeny] : [rule.egress, rule.egressDeny];
  const inRule = narrowedRules.filter(({ path: other }) => other.slice(0, -2).join() === path.slice(0, -2).join());
  const left = lists.flatMap((list) => list ?? []).length - inRule.length;
  const isFirst = inRule[0]?.path === path;
  if (values.length === 0 && left === 0 && isFirst) values.push({});
  return [edit(accepted, path, values, entry, at)];
}

function kubernetesEdit(
  { accepted, path, entries }: Narrowed,
  narrowedRules: readonly Narrowed[],
  at: AtEnd,
  takenOut: TakenOut,
): Edit[] {
  const { source, origins } = accepted;
  const [entry] = entries;
  if (!isKubernetes(source) || entry === undefined) return [];
  const rule = memberAt(source, path) as Parameters<typeof kubernetesRulesWithout>[0];
  const matched = new Map<number, Peer>();
  for (const {
    path: [, direction, place],
    peers: [peer],
  } of entries) {
    if (direction !== "ingress" && direction !== "egress") continue;
    const index = origins?.[direction]?.[Number(place)]?.peer;
    if (index !== undefined && peer !== undefined) matched.set(index, peer);
  }
  const named = (at.direction === "ingress" ? at.subject : at.peer).identity.namedPorts;
  const number = (name: string, proto: string) =>
    named.get(portNameKey(name.toLowerCase(), PROTOCOL_NUMBERS.get(proto.toLowerCase()) ?? 0));
  const values = takenOut === "rule" ? [] : kubernetesRulesWithout(rule, matched, { ...at, policy: source, number });
  const edits = [edit(accepted, path, values, entry, at)];
  const { policyTypes = [], ingress, egress } = (source.spec ?? {}) as KubernetesPolicySpec;
  const rules = at.direction === "egress" ? egress : ingress;
  const isLast = (rules ?? []).length === narrowedRules.length && values.length === 0;
  const type = at.direction === "egress" ? "Egress" : "Ingress";
  if (
    isLast &&
    narrowedRules[0]?.path === path &&
    !policyTypes.includes(type) &&
    (type === "Egress" || policyTypes.length > 0)
  ) {
    const types = policyTypes.length > 0 ? [...policyTypes, type] : ["Ingress", "Egress"];
    const words = `say in policyTypes of ${policyWords(source.metadata)} that ${at.direction} stays closed`;
    edits.push({ policy: accepted.index, action: "set", path: ["spec", "policyTypes"], values: [types], words });
  }
  return edits;
}

function edit(accepted: Accepted, path: Path, values: readonly unknown[], entry: Entry, at: AtEnd): Edit {
  const which = ruleWords(entry, placeOf(accepted, path));
  const isRemoved = values.length === 0 || Object.keys(values[0] as object).length === 0;
  const finer = finerEdit(memberAt(accepted.source, path), values);
  const [list] = finer?.path ?? [];
  const what = list === "toPorts" || list === "icmps" ? listed(at.packets.map(packetWords), 4) : at.peer.facts.id;
  const words = isRemoved ? `take out ${which}` : `take ${what} out of ${which}`;
  const place = finer === undefined ? { path, values } : { path: [...path, ...finer.path], values: finer.values };
  return { policy: accepted.index, action: "replace", ...place, words };
}

/** `TCP 9797`, `TCP 91-100` */
export const packetWords = ({ protocol, port, endPort }: Packet): string =>
  `${protocolName(protocol)} ${port}${endPort === undefined ? "" : `-${endPort}`}`;

export function memberAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string | number, unknown> | undefined)?.[part], value);
}
