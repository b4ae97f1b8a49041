import type { PortProtocol } from "../../cilium/api/policy";
import { enumerate } from "../../common/text";
import { isExtendedProtocol, isPortName, parsePortNumber, parseRuleProtocol } from "../../kubernetes/ports";
import type { PlacedItem } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { portsOf } from "../rule-ports";

export const misreadPort: LintRule = {
  id: "misread-port",
  severity: Severity.Error,
  scope: "policy",
  title: "A port that is not what it looks like",
  why:
    "A range that ends before it begins means its first port. Port 0 means any port, whatever the end of the range. After a named port, endPort is " +
    "documented as ignored; in ingress rules it is not, and the range starts at the number that each pod gives the name. Numbers are parsed as Go parses " +
    "them, so a leading zero makes them octal. All measured with Cilium 1.20.2's own engine.",
  fix: "Write the first port as a number and the last one in endPort, without leading zeros.",
  *check({ items }) {
    for (const item of items)
      for (const { port, path } of portsOf(item)) {
        const range = misreadRange(item, port);
        if (range !== undefined) yield { policy: item.of.policy, path: [...path, "endPort"], ...range };
        const number = misreadNumber(port);
        if (number !== undefined) yield { policy: item.of.policy, path: [...path, "port"], ...number };
      }
  },
};

type Misread = Pick<Observation, "data" | "message" | "severity" | "fix">;

function misreadRange(
  { direction }: PlacedItem,
  { port = "", endPort = 0, protocol }: PortProtocol,
): Misread | undefined {
  if (endPort === 0) return undefined;
  if (isPortName(port))
    return {
      severity: Severity.Warning,
      fix: "Write the first port as a number, or leave endPort out.",
      data: { port, endPort },
      message:
        direction === "ingress"
          ? `this is every port from the one that each pod calls "${port}" up to ${endPort}, or that port alone if it is above`
          : `in egress rules endPort is ignored after a name, so this is the port "${port}" alone`,
    };
  const first = parsePortNumber(port);
  if (first === 0)
    return {
      data: { port, endPort, protocol: protocolsOf(protocol) },
      message: `port 0 is any port, so this is every port of ${protocolsOf(protocol)}, not 0 to ${endPort}`,
      fix: `Write "1" with endPort ${endPort}, or leave endPort out if you mean every port.`,
    };
  return first !== undefined && endPort < first
    ? {
        data: { port, endPort },
        message: `${endPort} is before ${first}, so this is the port ${first} alone`,
        fix: "Write the lower port first.",
      }
    : undefined;
}

function misreadNumber({ port = "", endPort = 0, protocol }: PortProtocol): Misread | undefined {
  const number = isPortName(port) ? undefined : parsePortNumber(port);
  if (number === undefined || isExtendedProtocol(protocol)) return undefined;
  if (String(number) !== port)
    return {
      severity: Severity.Warning,
      data: { port },
      message: `Cilium reads "${port}" as ${number === 0 ? "0, which is any port" : number}`,
      fix: `Write "${number}" if that is what you mean.`,
    };
  if (number > 0 || endPort > 0) return undefined;
  return {
    severity: Severity.Info,
    data: { port, protocol: protocolsOf(protocol) },
    message: `port 0 is every port of ${protocolsOf(protocol)}`,
    fix: "Keep it if that is what you mean. To include ICMP, leave toPorts out.",
  };
}

function protocolsOf(protocol: string | undefined): string {
  const canonical = parseRuleProtocol(protocol) ?? "ANY";
  return canonical === "ANY" ? enumerate(["TCP", "UDP", "SCTP"]) : canonical;
}
