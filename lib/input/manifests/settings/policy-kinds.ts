import type { Unseen } from "../../../common/unseen";
import type { LocatedPolicy } from "../policies";
import { booleanOf } from "./agent";
import { saidBy } from "./agent-speakers";
import { placeOf, type Speaker } from "./said";

/** The agent's settings that say of a kind of policy whether it reads it. By default it reads all of these. */
export const kindSettings = [
  { kind: "NetworkPolicy", key: "enable-k8s-networkpolicy", value: "k8sNetworkPolicy.enabled" },
  { kind: "CiliumNetworkPolicy", key: "enable-cilium-network-policy" },
  { kind: "CiliumClusterwideNetworkPolicy", key: "enable-cilium-clusterwide-network-policy" },
] as const;

/** A kind of policy that the agent does not read, and who says so. */
export interface UnreadKind {
  kind: string;
  key: string;
  speaker: Speaker;
}

export function unreadKinds(speaker: Speaker, isChart: boolean): UnreadKind[] {
  return kindSettings.flatMap((setting) => {
    const { kind, key } = setting;
    const said = saidBy(speaker, isChart, key, "value" in setting ? setting.value : undefined);
    return booleanOf(said) === false ? [{ kind, key, speaker }] : [];
  });
}

/** The policies that the agent reads, and a line for each kind of which some are left out. */
export function readByAgent(
  policies: readonly LocatedPolicy[],
  unread: readonly UnreadKind[],
): { policies: LocatedPolicy[]; unseen: Unseen[] } {
  const kindOf = ({ manifest, original }: LocatedPolicy) => original?.kind ?? manifest.kind;
  const off = new Map(unread.map((one) => [one.kind, one]).reverse() as [string, UnreadKind][]);
  const unseen = [...off.values()].flatMap(({ kind, key, speaker }): Unseen[] => {
    const left = policies.filter((policy) => kindOf(policy) === kind).length;
    if (left === 0) return [];
    const { file, line } = placeOf(speaker) as { file: string; line?: number };
    const many = left === 1 ? "one is" : `${left} are`;
    return [
      {
        file,
        ...(line !== undefined && { line }),
        object: speaker.object,
        reason: `it sets ${key} to false: the agent reads no ${kind}, of which ${many} left out here`,
        fix: `Remove the setting, or what has the kind ${kind}`,
      },
    ];
  });
  return { policies: policies.filter((policy) => !off.has(kindOf(policy) ?? "")), unseen };
}
