import type { Unseen } from "../../../common/unseen";
import { saidBy } from "./agent-speakers";
import { isPlaceholder, placeOf, type Speaker } from "./said";

/** A setting of the agent that decides verdicts and is not evaluated. */
interface UnevaluatedSetting {
  key: string;
  /** The chart's value, if it has one. */
  value?: string;
  /** As the agent has it, and every answer takes it to be. Compared as text. */
  isDefault(text: string): boolean;
  /** What another value does. */
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

/** What of a speaker's settings decides who can talk to whom, and answers do not take it into account. */
export function unseenOfAgent(speaker: Speaker, isChart: boolean): Unseen[] {
  return unevaluatedSettings.flatMap(({ key, value, isDefault, effect }) => {
    const said = saidBy(speaker, isChart, key, value);
    if (said === undefined || said === null || (!isPlaceholder(said) && isDefault(String(said)))) return [];
    const { file, line } = placeOf(speaker) as { file: string; line?: number };
    const reason = `it sets ${key} to ${JSON.stringify(said)}: ${effect}, which answers do not take into account`;
    return [
      {
        file,
        ...(line !== undefined && { line }),
        object: speaker.object,
        reason,
        fix: "Ask a running cluster with `meshfence verify`",
      },
    ];
  });
}
