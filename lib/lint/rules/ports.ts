import { icmpType } from "../../cilium/api/icmp";
import type { PortProtocol } from "../../cilium/api/policy";
import type { Path } from "../../common/problem";
import {
  isExtendedProtocol,
  isPortName,
  parsePortNumber,
  parseRuleProtocol,
  portNameKey,
  ruleProtocolNumbers,
} from "../../kubernetes/ports";
import { meshPortNames } from "../../linkerd/wire/ports";
import { type LintContext, type PlacedItem, peerLists } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { enumerate, names } from "./text";

const meshNames: ReadonlyMap<string, number> = new Map(Object.entries(meshPortNames));

/** Every port of an item, and where it stands. */
function* portsOf(item: PlacedItem): Iterable<{ port: PortProtocol; path: Path }> {
  for (const [index, { ports }] of (item.toPorts ?? []).entries())
    for (const [at, port] of (ports ?? []).entries())
      yield { port, path: [...item.path, "toPorts", index, "ports", at] };
}

/** A port given by name, lower-cased as Cilium does. */
interface NamedPort {
  name: string;
  /** As Cilium spells it, `ANY` where none is given. */
  protocol: string;
  path: Path;
}

function* namedPorts(item: PlacedItem): Iterable<NamedPort> {
  for (const { port, path } of portsOf(item))
    if (port.port !== undefined && isPortName(port.port))
      yield {
        name: port.port.toLowerCase(),
        protocol: parseRuleProtocol(port.protocol) ?? "ANY",
        path: [...path, "port"],
      };
}

export const unknownNamedPort: LintRule = {
  id: "unknown-named-port",
  severity: Severity.Error,
  title: "A named port that no pod has",
  why:
    "Cilium looks a name up among the ports of the pod's containers: in ingress rules the selected pods', in egress rules each peer's. Where it " +
    "finds none, the rule is dropped without a word. The protocol has to be the container's, and only pods have names for ports.",
  fix: "Write the number, or give the container's port this name.",
  kubernetes: true,
  *check(context) {
    for (const item of context.items)
      for (const named of namedPorts(item)) {
        if (meshNames.has(named.name)) continue;
        const whose = nobodyHas(context, item, named);
        if (whose === undefined) continue;
        const message = `${whose}, so this ${item.deny ? "denies" : "allows"} nothing`;
        yield { policy: item.of.policy, path: named.path, message };
      }
  },
};

function nobodyHas(context: LintContext, item: PlacedItem, { name, protocol }: NamedPort): string | undefined {
  if (hasNoPodAsPeer(context, item)) return "only ports of pods have names";
  const servers = item.direction === "ingress" ? item.of.subjects : context.peersOf(item);
  // Pods that declare no port at all may still listen; that is the scenario's ignorance, not the policy's fault.
  const declaring = servers.filter(({ identity, facts }) => identity.kind === "pod" && (facts.ports ?? []).length > 0);
  const keys = ruleProtocolNumbers(protocol).map((number) => portNameKey(name, number));
  const isKnown = declaring.some(({ identity }) => keys.some((key) => identity.namedPorts.has(key)));
  if (declaring.length === 0 || isKnown) return undefined;
  return `no container of ${names(declaring)} has a ${protocol === "ANY" ? "" : `${protocol} `}port "${name}"`;
}

const withoutPods: ReadonlySet<string> = new Set(["world", "host", "remote-node", "kube-apiserver"]);

/** Whether the ports of an item are looked up in peers none of which can be a pod. */
function hasNoPodAsPeer({ scenario }: LintContext, item: PlacedItem): boolean {
  const lists = peerLists(item);
  if (item.direction === "ingress" || lists.length === 0) return false;
  const areBlocksOutside = !scenario.cluster?.cidrMatchMode?.includes("pods");
  return lists.every((list) => {
    if (list === "entities") return item.entities?.every((entity) => withoutPods.has(entity));
    return list === "fqdns" || (areBlocksOutside && (list === "cidrs" || list === "cidrSets"));
  });
}

export const nativeSidecarPort: LintRule = {
  id: "native-sidecar-port",
  severity: Severity.Error,
  title: "A port of Linkerd's proxy by its name",
  why:
    "Linkerd's proxy is a native sidecar by default (proxy.nativeSidecar, since edge-26.5.2), that is an init container, and Cilium reads the ports of " +
    "`spec.containers` only: `linkerd-proxy` and `linkerd-admin` are names of nothing.",
  fix: "Write the number: 4143 for linkerd-proxy, 4191 for linkerd-admin.",
  kubernetes: { fix: "Write the number: 4143 for linkerd-proxy, 4191 for linkerd-admin." },
  *check({ items }) {
    for (const item of items)
      for (const { name, path } of namedPorts(item)) {
        const number = meshNames.get(name);
        if (number === undefined) continue;
        const message = `"${name}" is a port of a native sidecar, which Cilium does not see, so this matches nothing`;
        yield { policy: item.of.policy, path, message, fix: `Write "${number}".` };
      }
  },
};

export const misreadPort: LintRule = {
  id: "misread-port",
  severity: Severity.Error,
  title: "A port that is not what it looks like",
  why:
    "A range that ends before it begins is its first port. Port 0 is any port, whatever the end of the range. After a name endPort is said to be ignored; in ingress rules it is not, " +
    "and counts from the number that each pod gives the name. A number is read as Go reads it, so a leading zero makes it octal. All measured with Cilium 1.20.2's own engine.",
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

type Misread = Pick<Observation, "message" | "severity" | "fix">;

function misreadRange(
  { direction }: PlacedItem,
  { port = "", endPort = 0, protocol }: PortProtocol,
): Misread | undefined {
  if (endPort === 0) return undefined;
  if (isPortName(port))
    return {
      severity: Severity.Warning,
      fix: "Write the first port as a number, or leave endPort out.",
      message:
        direction === "ingress"
          ? `this is every port from the one that each pod calls "${port}" up to ${endPort}, or that port alone if it is above`
          : `in egress rules endPort is ignored after a name, so this is the port "${port}" alone`,
    };
  const first = parsePortNumber(port);
  if (first === 0)
    return {
      message: `port 0 is any port, so this is every port of ${protocolsOf(protocol)}, not 0 to ${endPort}`,
      fix: `Write "1" with endPort ${endPort}, or leave endPort out if every port is meant.`,
    };
  return first !== undefined && endPort < first
    ? {
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
      message: `Cilium reads "${port}" as ${number === 0 ? "0, which is any port" : number}`,
      fix: `Write "${number}" if that is meant.`,
    };
  if (number > 0 || endPort > 0) return undefined;
  return {
    severity: Severity.Info,
    message: `port 0 is every port of ${protocolsOf(protocol)}`,
    fix: "Right if that is meant. To have ICMP as well leave toPorts out.",
  };
}

function protocolsOf(protocol: string | undefined): string {
  const canonical = parseRuleProtocol(protocol) ?? "ANY";
  return canonical === "ANY" ? enumerate(["TCP", "UDP", "SCTP"]) : canonical;
}

export const icmpTypeZero: LintRule = {
  id: "icmp-type-zero",
  severity: Severity.Error,
  title: "ICMP type 0 is every ICMP type",
  why:
    "Cilium encodes an ICMP type as a port, and port 0 means all: EchoReply admits every type (Cilium `pkg/policy/api/icmp.go`; measured with 1.20.2's own engine). " +
    "An answer to a ping needs no rule, since replies of an allowed flow pass.",
  fix: "Allow the request at the other end, EchoRequest (8, for IPv6 128), and delete this.",
  *check({ items }) {
    for (const item of items)
      for (const [index, { fields }] of (item.icmps ?? []).entries())
        for (const [at, { family, type }] of (fields ?? []).entries())
          if (icmpType(family, type) === 0)
            yield {
              policy: item.of.policy,
              path: [...item.path, "icmps", index, "fields", at, "type"],
              message: `type ${type} ${item.deny ? "denies" : "allows"} every ${family ?? "IPv4"} ICMP type`,
            };
  },
};
