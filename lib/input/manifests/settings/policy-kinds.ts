import type { Problem } from "../../../common/problem";
import type { Unseen } from "../../../common/unseen";
import { describeObject } from "../objects";
import type { LocatedPolicy } from "../policies";
import { booleanOf } from "./agent";
import { settingOf } from "./agent-sources";
import { isPlaceholder, placeOf, type SettingsSource, type SettingValue } from "./setting-value";

/** The agent's settings that turn a kind of policy on or off. By default, all but the last are on. */
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

/** Whether a source lets the agent read a kind of policy. */
export interface KindSetting {
  kind: string;
  key: string;
  reads: boolean;
  source: SettingsSource;
}

/** The values of these settings in a source. */
export function kindValues(source: SettingsSource, isChart: boolean): SettingValue[] {
  return kindSettings.flatMap((setting) => {
    const value = settingOf(source, isChart, setting.key, "value" in setting ? setting.value : undefined);
    return value === undefined || value === null ? [] : [{ setting: setting.key, value, source }];
  });
}

export function kindSetting({ setting, value, source }: SettingValue): KindSetting[] {
  const reads = booleanOf(value);
  const of = kindSettings.filter(({ key }) => key === setting);
  return reads === undefined ? [] : of.map(({ kind, key }) => ({ kind, key, reads, source }));
}

/** Reports a value that is not a boolean. */
export function reportNonBoolean({ setting, value, source }: SettingValue, report: (problem: Problem) => void): void {
  if (booleanOf(value) !== undefined || isPlaceholder(value) || value === "") return;
  const message = `${setting} is ${JSON.stringify(value)}, which is not one of its values; the default is used`;
  report({ ...placeOf(source), code: "invalid-setting", message });
}

/** The policies without those that the agent does not read, or with those marked as unread. Reports each kind of which there are any. */
export function readByAgent(
  policies: readonly LocatedPolicy[],
  said: readonly KindSetting[],
): { policies: LocatedPolicy[]; unseen: Unseen[] } {
  const off = kindSettings.flatMap((setting) => {
    const { kind, key } = setting;
    const isDefault = "isOff" in setting;
    // As for all settings, the first source takes precedence. By default, these kinds are read.
    const isOff = isDefault
      ? said.find((one) => one.kind === kind)?.reads !== true
      : said.some((one) => one.kind === kind && !one.reads);
    const source = said.find((one) => one.kind === kind && !one.reads)?.source;
    return isOff ? [{ kind, key, source, isDefault }] : [];
  });
  const kindOf = ({ manifest, original }: LocatedPolicy) => original?.kind ?? manifest.kind;
  const unseen: Unseen[] = [];
  let left: LocatedPolicy[] = [...policies];
  for (const { kind, key, source, isDefault } of off) {
    const some = left.filter((policy) => kindOf(policy) === kind);
    const [first] = some;
    if (first === undefined) continue;
    unseen.push(
      source === undefined ? unreadByDefault(first, some.length, key) : unreadBySetting(source, kind, some.length, key),
    );
    const reason =
      source === undefined
        ? `${key} is false unless it is set, and nothing sets it`
        : `${source.object} sets ${key} to false`;
    left = isDefault
      ? left.map((policy) =>
          kindOf(policy) === kind ? { ...policy, manifest: { ...policy.manifest, unread: reason } } : policy,
        )
      : left.filter((policy) => kindOf(policy) !== kind);
  }
  return { policies: left, unseen };
}

function unreadBySetting(source: SettingsSource, kind: string, count: number, key: string): Unseen {
  const { file, line } = placeOf(source) as { file: string; line?: number };
  return {
    file,
    ...(line !== undefined && { line }),
    object: source.object,
    reason: `it sets ${key} to false: the agent does not read kind ${kind}, so ${countIs(count)} left out here`,
    fix: `Remove the setting, or the objects of kind ${kind}`,
  };
}

/** Reports policies of a kind that is off by default and not turned on. */
function unreadByDefault({ document, manifest }: LocatedPolicy, count: number, key: string): Unseen {
  const { line } = document.position([]);
  return {
    file: document.file,
    ...(line !== undefined && { line }),
    object: describeObject({ kind: manifest.kind, name: manifest.metadata.name }),
    reason: `Cilium's agent reads no ${manifest.kind} unless ${key} is true, which nothing here sets: ${countIs(count)} left out here`,
    fix: "Give the ConfigMap cilium-config, or a release of Cilium with k8sClusterNetworkPolicy.enabled",
  };
}

const countIs = (count: number) => (count === 1 ? "one is" : `${count} are`);
