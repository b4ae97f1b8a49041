import { isLabelPattern } from "../../../cilium/policy/label-filter";
import type { Problem } from "../../../common/problem";
import type { ClusterFacts, UnknownSettings } from "../../../scenario/scenario";
import { valueNamed } from "../placeholders";
import { saidBy } from "./agent-speakers";
import { isPlaceholder, placeOf, type Said, type Speaker } from "./said";

/** What of the agent's configuration decides verdicts: its key in the ConfigMap `cilium-config`, and the chart's value. */
interface AgentSetting {
  key: string;
  value: string;
  /** The fact, or undefined for what is no value of the setting. */
  read(value: unknown): Partial<ClusterFacts> | undefined;
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
      | "mutualAuthentication",
  ) =>
  (value: unknown): Partial<ClusterFacts> | undefined => {
    const is = booleanOf(value);
    return is === undefined ? undefined : { [name]: is };
  };
/** As the agent reads it out of a text: `True` and `1` are true. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  return /^(1|t|true|T|True|TRUE)$/.test(value) ? true : /^(0|f|false|F|False|FALSE)$/.test(value) ? false : undefined;
}

const words = (value: unknown): string[] | undefined => {
  if (Array.isArray(value)) return value.filter((word) => typeof word === "string");
  return typeof value === "string" ? value.split(/[\s,]+/).filter((word) => word !== "") : undefined;
};
const isMatchMode = (text: string): text is "nodes" | "pods" => text === "nodes" || text === "pods";

export const agentSettings: readonly AgentSetting[] = [
  {
    key: "cluster-name",
    value: "cluster.name",
    read: (name) => (typeof name === "string" && name !== "" ? { name } : undefined),
  },
  { key: "kube-proxy-replacement", value: "kubeProxyReplacement", read: flag("kubeProxyReplacement") },
  { key: "enable-ipv4", value: "ipv4.enabled", read: flag("ipv4") },
  { key: "enable-ipv6", value: "ipv6.enabled", read: flag("ipv6") },
  { key: "mesh-auth-enabled", value: "authentication.enabled", read: flag("mutualAuthentication") },
  { key: "enable-l7-proxy", value: "l7Proxy", read: flag("l7Proxy") },
  { key: "policy-audit-mode", value: "policyAuditMode", read: flag("auditMode") },
  { key: "enable-host-firewall", value: "hostFirewall.enabled", read: flag("hostFirewall") },
  {
    key: "policy-default-local-cluster",
    value: "clustermesh.policyDefaultLocalCluster",
    read: flag("policyDefaultLocalCluster"),
  },
  {
    key: "enable-policy",
    value: "policyEnforcementMode",
    read: (value) => {
      // The agent takes it in any case.
      const mode = typeof value === "string" ? value.toLowerCase() : value;
      return mode === "default" || mode === "always" || mode === "never" ? { policyEnforcement: mode } : undefined;
    },
  },
  {
    key: "policy-cidr-match-mode",
    value: "policyCIDRMatchMode",
    read: (value) => {
      const modes = words(value);
      return modes?.every(isMatchMode) ? { cidrMatchMode: modes } : undefined;
    },
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

/** What one speaker says of each setting. */
export function saidOfAgent(speaker: Speaker, isChart: boolean): Said[] {
  return agentSettings.flatMap(({ key, value }) => {
    const own = saidBy(speaker, isChart, key, value);
    return own === undefined || own === null ? [] : [{ setting: key, value: own, speaker }];
  });
}

/** The facts of all that is said. The first who says something is believed; another who says something else is a problem. */
export function agentFacts(said: readonly Said[], report: (problem: Problem) => void): ClusterFacts {
  let facts: ClusterFacts = {};
  for (const { key, read } of agentSettings) {
    const heard = said.filter(({ setting, value }) => setting === key && !isPlaceholder(value));
    const [first] = heard.flatMap((one) => {
      const fact = read(one.value);
      if (fact === undefined && one.value !== "") {
        const message = `${key} is ${JSON.stringify(one.value)}, which is not one of its values; the default is used`;
        report({ ...placeOf(one.speaker), code: "invalid-setting", message });
      }
      return fact === undefined ? [] : [{ ...one, fact }];
    });
    if (first === undefined) {
      const unknown = unknownSetting(key, said);
      if (unknown !== undefined) facts = { ...facts, unknown: { ...facts.unknown, ...unknown } };
      continue;
    }
    facts = { ...facts, ...first.fact };
    for (const other of heard) reportOther(first, other, read, report);
  }
  return facts;
}

const UNKNOWN = {
  "enable-policy": "policyEnforcement",
  "policy-audit-mode": "auditMode",
  "enable-host-firewall": "hostFirewall",
  "policy-cidr-match-mode": "cidrMatchMode",
} as const;

/** A setting that decides and that is filled in later. */
function unknownSetting(key: string, said: readonly Said[]): UnknownSettings | undefined {
  const name = key in UNKNOWN ? UNKNOWN[key as keyof typeof UNKNOWN] : undefined;
  const loose = said.find(({ setting, value }) => setting === key && isPlaceholder(value));
  return name === undefined || loose === undefined ? undefined : { [name]: `${valueNamed(loose.value)} (${key})` };
}

function reportOther(
  first: Said,
  other: Said,
  read: (value: unknown) => unknown,
  report: (problem: Problem) => void,
): void {
  const fact = read(other.value);
  if (fact === undefined || JSON.stringify(fact) === JSON.stringify(read(first.value))) return;
  const { file, line } = placeOf(first.speaker);
  const where = line === undefined ? file : `${file}:${line}`;
  report({
    ...placeOf(other.speaker),
    code: "conflicting-setting",
    message: `${other.setting} is ${JSON.stringify(other.value)} here, and ${JSON.stringify(first.value)} in ${first.speaker.object} (${where})`,
    fix: `give the one that the cluster has; ${JSON.stringify(first.value)} is used`,
  });
}
