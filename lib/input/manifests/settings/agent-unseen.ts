import type { Unseen } from "../../../common/unseen";
import { settingOf } from "./agent-sources";
import { isPlaceholder, placeOf, type SettingsSource } from "./setting-value";

/** A setting of the agent that affects verdicts but is not evaluated. */
interface UnevaluatedSetting {
  key: string;
  /** The chart's value, if it has one. */
  value?: string;
  /** Whether a value, as text, is the agent's default, which is always assumed. */
  isDefault(text: string): boolean;
  /** The effect of any other value. */
  effect: string;
}

const isOn = (text: string) => /^(1|t|true)$/i.test(text);
const isOff = (text: string) => !isOn(text);
const isEmpty = (text: string) => text === "";

/** Flags of cilium-agent 1.20. */
export const unevaluatedSettings: readonly UnevaluatedSetting[] = [
  {
    key: "enable-non-default-deny-policies",
    value: "enableNonDefaultDenyPolicies",
    isDefault: isOn,
    effect: "the agent ignores enableDefaultDeny",
  },
  { key: "enable-icmp-rules", isDefault: isOn, effect: "the agent refuses rules with icmps" },
  {
    key: "enable-node-selector-labels",
    value: "nodeSelectorLabels",
    isDefault: isOff,
    effect:
      "the agent takes peers by the labels of nodes (`fromNodes`, `toNodes`), of which it is unknown here whom they select",
  },
  {
    key: "enable-extended-ip-protocols",
    isDefault: isOff,
    effect:
      "pods and nodes may also speak VRRP, IGMP, GRE, IPIP, ESP and AH where policies let them, and the agent takes a rule of those without a port",
  },
  {
    key: "allow-localhost",
    isDefault: (text) => text === "auto" || text === "always",
    effect: "a node reaches its own pods only if policies allow it",
  },
  {
    key: "label-prefix-file",
    isDefault: isEmpty,
    effect: "a file on the nodes determines which labels form an identity",
  },
  { key: "static-cnp-path", isDefault: isEmpty, effect: "the agent also reads policies from files on the nodes" },
];

/** Reports the settings of a source that affect verdicts but are not evaluated. */
export function unseenOfAgent(source: SettingsSource, isChart: boolean): Unseen[] {
  return unevaluatedSettings.flatMap(({ key, value, isDefault, effect }) => {
    const configured = settingOf(source, isChart, key, value);
    if (
      configured === undefined ||
      configured === null ||
      (!isPlaceholder(configured) && isDefault(String(configured)))
    )
      return [];
    const { file, line } = placeOf(source) as { file: string; line?: number };
    const reason = `it sets ${key} to ${JSON.stringify(configured)}: ${effect}, which is not evaluated`;
    return [
      {
        file,
        ...(line !== undefined && { line }),
        object: source.object,
        reason,
        fix: "Ask a running cluster with `meshfence verify`",
      },
    ];
  });
}
