import type { Problem } from "../../../common/problem";
import type { Unseen } from "../../../common/unseen";
import { describeObject } from "../objects";
import type { LocatedPolicy } from "../policies";
import { booleanOf } from "./agent";
import { saidBy } from "./agent-speakers";
import { isPlaceholder, placeOf, type Said, type Speaker } from "./said";

/** The agent's settings that say of a kind of policy whether it reads it. By default it reads all of these but the last. */
export const kindSettings = [
  { kind: "NetworkPolicy", key: "enable-k8s-networkpolicy", value: "k8sNetworkPolicy.enabled" },
  { kind: "CiliumNetworkPolicy", key: "enable-cilium-network-policy" },
  { kind: "CiliumClusterwideNetworkPolicy", key: "enable-cilium-clusterwide-network-policy" },
  {
    kind: "ClusterNetworkPolicy",
    key: "enable-k8s-cluster-network-policy",
    value: "k8sClusterNetworkPolicy.enabled",
    isOff: true,
  },
] as const;

/** Who says of a kind of policy whether the agent reads it. */
export interface KindSaid {
  kind: string;
  key: string;
  reads: boolean;
  speaker: Speaker;
}

/** What one speaker says of each of these settings. */
export function saidOfKinds(speaker: Speaker, isChart: boolean): Said[] {
  return kindSettings.flatMap((setting) => {
    const value = saidBy(speaker, isChart, setting.key, "value" in setting ? setting.value : undefined);
    return value === undefined || value === null ? [] : [{ setting: setting.key, value, speaker }];
  });
}

export function kindSaid({ setting, value, speaker }: Said): KindSaid[] {
  const reads = booleanOf(value);
  const of = kindSettings.filter(({ key }) => key === setting);
  return reads === undefined ? [] : of.map(({ kind, key }) => ({ kind, key, reads, speaker }));
}

/** A value with which no agent starts. */
export function reportNoBoolean({ setting, value, speaker }: Said, report: (problem: Problem) => void): void {
  if (booleanOf(value) !== undefined || isPlaceholder(value) || value === "") return;
  const message = `${setting} is ${JSON.stringify(value)}, which is not one of its values; the default is used`;
  report({ ...placeOf(speaker), code: "invalid-setting", message });
}

/** The policies, those that the agent does not read left out or marked, and a line for each kind of which there are some. */
export function readByAgent(
  policies: readonly LocatedPolicy[],
  said: readonly KindSaid[],
): { policies: LocatedPolicy[]; unseen: Unseen[] } {
  const off = kindSettings.flatMap((setting) => {
    const { kind, key } = setting;
    const isDefault = "isOff" in setting;
    // The first who says something is believed, as of all settings; by default these are read.
    const isOff = isDefault
      ? said.find((one) => one.kind === kind)?.reads !== true
      : said.some((one) => one.kind === kind && !one.reads);
    const speaker = said.find((one) => one.kind === kind && !one.reads)?.speaker;
    return isOff ? [{ kind, key, speaker, isDefault }] : [];
  });
  const kindOf = ({ manifest, original }: LocatedPolicy) => original?.kind ?? manifest.kind;
  const unseen: Unseen[] = [];
  let left: LocatedPolicy[] = [...policies];
  for (const { kind, key, speaker, isDefault } of off) {
    const some = left.filter((policy) => kindOf(policy) === kind);
    const [first] = some;
    if (first === undefined) continue;
    unseen.push(speaker === undefined ? untold(first, some.length, key) : toldOff(speaker, kind, some.length, key));
    const reason =
      speaker === undefined
        ? `${key} is false unless it is set, and nothing sets it`
        : `${speaker.object} sets ${key} to false`;
    left = isDefault
      ? left.map((policy) =>
          kindOf(policy) === kind ? { ...policy, manifest: { ...policy.manifest, unread: reason } } : policy,
        )
      : left.filter((policy) => kindOf(policy) !== kind);
  }
  return { policies: left, unseen };
}

function toldOff(speaker: Speaker, kind: string, count: number, key: string): Unseen {
  const { file, line } = placeOf(speaker) as { file: string; line?: number };
  return {
    file,
    ...(line !== undefined && { line }),
    object: speaker.object,
    reason: `it sets ${key} to false: the agent does not read kind ${kind}, so ${manyAre(count)} left out here`,
    fix: `Remove the setting, or the objects of kind ${kind}`,
  };
}

/** Nobody says that the agent reads the kind, which by default it does not. */
function untold({ document, manifest }: LocatedPolicy, count: number, key: string): Unseen {
  const { line } = document.position([]);
  return {
    file: document.file,
    ...(line !== undefined && { line }),
    object: describeObject({ kind: manifest.kind, name: manifest.metadata.name }),
    reason: `Cilium's agent reads no ${manifest.kind} unless ${key} is true, which nothing here says: ${manyAre(count)} left out here`,
    fix: "Give the ConfigMap cilium-config, or a release of Cilium with k8sClusterNetworkPolicy.enabled",
  };
}

const manyAre = (count: number) => (count === 1 ? "one is" : `${count} are`);
