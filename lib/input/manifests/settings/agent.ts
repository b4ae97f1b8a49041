import { isLabelPattern } from "../../../cilium/policy/label-filter";
import { formatPlace, type Problem } from "../../../common/problem";
import type { LabelSelector } from "../../../kubernetes/label-selector";
import type { ClusterFacts, NodeFacts, NodeSettings, UnknownSettings } from "../../../scenario/scenario";
import { placeholderWords } from "../placeholders";
import { settingOf } from "./agent-sources";
import { isPlaceholder, placeOf, type SettingsSource, type SettingValue } from "./setting-value";

/** A setting of the agent that affects verdicts: its key in the ConfigMap `cilium-config`, and the chart's value. */
interface AgentSetting {
  key: string;
  /** The chart's value. Absent: the chart has none. */
  value?: string;
  /** The fact that a value stands for. Undefined for an invalid value. */
  read(value: unknown): Partial<ClusterFacts> | undefined;
  /** All facts that a value may stand for. Only for settings that each agent has for itself. */
  possible?: readonly NodeFacts[];
}

const flag =
  (
    name:
      | "l7Proxy"
      | "auditMode"
      | "hostFirewall"
      | "policyDefaultLocalCluster"
      | "ipv4"
      | "ipv6"
      | "kubeProxyReplacement"
      | "mutualAuthentication"
      | "nodePeers"
      | "extendedProtocols",
  ) =>
  (value: unknown): Partial<ClusterFacts> | undefined => {
    const is = booleanOf(value);
    return is === undefined ? undefined : { [name]: is };
  };
/** Parses a boolean like the agent: `True` and `1` are true. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  return /^(1|t|true|T|True|TRUE)$/.test(value) ? true : /^(0|f|false|F|False|FALSE)$/.test(value) ? false : undefined;
}

const routing = (value: unknown, native: string, tunnels: readonly string[]): Partial<ClusterFacts> | undefined =>
  value === native
    ? { nativeRouting: true }
    : typeof value === "string" && tunnels.includes(value)
      ? { nativeRouting: false }
      : undefined;

const words = (value: unknown): string[] | undefined => {
  if (Array.isArray(value)) return value.filter((word) => typeof word === "string");
  return typeof value === "string" ? value.split(/[\s,]+/).filter((word) => word !== "") : undefined;
};
const isMatchMode = (text: string): text is "nodes" | "pods" => text === "nodes" || text === "pods";

const either = (
  name: "kubeProxyReplacement" | "ipv6" | "l7Proxy" | "auditMode" | "hostFirewall" | "policyDefaultLocalCluster",
) => [true, false].map((is): NodeFacts => ({ [name]: is }));
const matchModes = [[], ["nodes"], ["pods"], ["nodes", "pods"]] satisfies ClusterFacts["cidrMatchMode"][];

export const agentSettings: readonly AgentSetting[] = [
  {
    key: "cluster-name",
    value: "cluster.name",
    read: (name) => (typeof name === "string" && name !== "" ? { name } : undefined),
  },
  {
    key: "kube-proxy-replacement",
    value: "kubeProxyReplacement",
    // Before 1.16, Cilium had `strict` and `disabled` for true and false.
    read: (value) => flag("kubeProxyReplacement")(value === "strict" ? true : value === "disabled" ? false : value),
    possible: either("kubeProxyReplacement"),
  },
  // The flag until Cilium 1.14.
  { key: "tunnel", value: "tunnel", read: (value) => routing(value, "disabled", ["vxlan", "geneve"]) },
  // With either of these two, the chart defaults to native routing.
  { key: "eni", value: "eni.enabled", read: (value) => (booleanOf(value) ? { nativeRouting: true } : {}) },
  { key: "gke", value: "gke.enabled", read: (value) => (booleanOf(value) ? { nativeRouting: true } : {}) },
  { key: "routing-mode", value: "routingMode", read: (value) => routing(value, "native", ["tunnel"]) },
  {
    key: "bpf-lb-mode",
    value: "loadBalancer.mode",
    read: (value) =>
      value === "snat" || value === "dsr" || value === "hybrid" ? { loadBalancerMode: value } : undefined,
  },
  { key: "enable-ipv4", value: "ipv4.enabled", read: flag("ipv4") },
  { key: "enable-ipv6", value: "ipv6.enabled", read: flag("ipv6"), possible: either("ipv6") },
  { key: "enable-node-selector-labels", value: "nodeSelectorLabels", read: flag("nodePeers") },
  { key: "enable-extended-ip-protocols", read: flag("extendedProtocols") },
  { key: "mesh-auth-enabled", value: "authentication.enabled", read: flag("mutualAuthentication") },
  { key: "enable-l7-proxy", value: "l7Proxy", read: flag("l7Proxy"), possible: either("l7Proxy") },
  { key: "policy-audit-mode", value: "policyAuditMode", read: flag("auditMode"), possible: either("auditMode") },
  {
    key: "enable-host-firewall",
    value: "hostFirewall.enabled",
    read: flag("hostFirewall"),
    possible: either("hostFirewall"),
  },
  {
    key: "policy-default-local-cluster",
    value: "clustermesh.policyDefaultLocalCluster",
    read: flag("policyDefaultLocalCluster"),
    possible: either("policyDefaultLocalCluster"),
  },
  {
    key: "enable-policy",
    value: "policyEnforcementMode",
    read: (value) => {
      // The agent ignores case.
      const mode = typeof value === "string" ? value.toLowerCase() : value;
      return mode === "default" || mode === "always" || mode === "never" ? { policyEnforcement: mode } : undefined;
    },
    possible: (["default", "always", "never"] as const).map((policyEnforcement) => ({ policyEnforcement })),
  },
  {
    key: "policy-cidr-match-mode",
    value: "policyCIDRMatchMode",
    read: (value) => {
      const modes = words(value);
      return modes?.every(isMatchMode) ? { cidrMatchMode: modes } : undefined;
    },
    possible: matchModes.map((cidrMatchMode) => ({ cidrMatchMode })),
  },
  {
    key: "labels",
    value: "labels",
    read: (value) => {
      const labels = words(value);
      return labels?.every(isLabelPattern) ? { labels } : undefined;
    },
  },
];

/** The values of the agent's settings in a source. */
export function agentValues(source: SettingsSource, isChart: boolean): SettingValue[] {
  return agentSettings.flatMap(({ key, value }) => {
    const own = settingOf(source, isChart, key, value);
    return own === undefined || own === null ? [] : [{ setting: key, value: own, source }];
  });
}

/** The facts that all values together stand for. The first source takes precedence, and a source with a different value is a problem. */
export function agentFacts(said: readonly SettingValue[], report: (problem: Problem) => void): ClusterFacts {
  let facts: ClusterFacts = {};
  for (const { key, read } of agentSettings) {
    const given = said.filter(({ setting, value }) => setting === key && !isPlaceholder(value));
    const [first] = given.flatMap((one) => {
      const fact = read(one.value);
      if (fact === undefined && one.value !== "") {
        const message = `${key} is ${JSON.stringify(one.value)}, which is not one of its values; the default is used`;
        report({ ...placeOf(one.source), code: "invalid-setting", message });
      }
      return fact === undefined ? [] : [{ ...one, fact }];
    });
    const unknown = unknownSetting(key, said);
    if (unknown !== undefined) {
      facts = { ...facts, unknown: { ...facts.unknown, ...unknown } };
      continue;
    }
    if (first === undefined) continue;
    facts = { ...facts, ...first.fact };
    for (const other of given) reportConflict(first, other, read, report);
  }
  return facts;
}

const UNKNOWN = {
  "enable-policy": "policyEnforcement",
  "policy-audit-mode": "auditMode",
  "enable-host-firewall": "hostFirewall",
  "policy-cidr-match-mode": "cidrMatchMode",
  "routing-mode": "nativeRouting",
  "bpf-lb-mode": "loadBalancerMode",
} as const;

/** A setting whose effect is unknown because its value is filled in later. */
function unknownSetting(key: string, said: readonly SettingValue[]): UnknownSettings | undefined {
  const name = key in UNKNOWN ? UNKNOWN[key as keyof typeof UNKNOWN] : undefined;
  const variable = variableOf(key, said);
  return name === undefined || variable === undefined
    ? undefined
    : { [name]: `${placeholderWords(variable.value)} (${key})` };
}

/** The value of a setting if the source that takes precedence has a placeholder there. */
function variableOf(key: string, said: readonly SettingValue[]): SettingValue | undefined {
  const first = said.find(({ setting, value }) => setting === key && value !== "");
  return first !== undefined && isPlaceholder(first.value) ? first : undefined;
}

/** The settings that all agents may have, one for each possible value of a placeholder. {@link agentFacts} uses the default for these. */
export function settingsOfVariables(said: readonly SettingValue[]): NodeSettings[] {
  return agentSettings.flatMap(({ key, possible = [] }) => {
    const variable = key in UNKNOWN ? undefined : variableOf(key, said);
    return variable === undefined ? [] : possibleSettings(variable, possible, {});
  });
}

/** Whether every possible value of a setting is evaluated if its value is filled in later. */
export const evaluatesEveryValue = (setting: string): boolean =>
  agentSettings.some(({ key, possible }) => key === setting && possible !== undefined);

/** The settings that result from each value that may be filled in. */
export function possibleSettings(
  { setting, value, source }: SettingValue,
  possible: readonly NodeFacts[],
  nodeSelector: LabelSelector,
): NodeSettings[] {
  const description = `${source.object} (${formatPlace(placeOf(source))}) sets ${setting} to ${JSON.stringify(value)}`;
  return possible.map((cluster) => ({ description, nodeSelector, cluster, uncertain: true }));
}

function reportConflict(
  first: SettingValue,
  other: SettingValue,
  read: (value: unknown) => unknown,
  report: (problem: Problem) => void,
): void {
  const fact = read(other.value);
  if (fact === undefined || JSON.stringify(fact) === JSON.stringify(read(first.value))) return;
  const where = formatPlace(placeOf(first.source));
  report({
    ...placeOf(other.source),
    code: "conflicting-setting",
    message: `${other.setting} is ${JSON.stringify(other.value)} here, and ${JSON.stringify(first.value)} in ${first.source.object} (${where})`,
    fix: `give the one that the cluster has; ${JSON.stringify(first.value)} is used`,
  });
}
