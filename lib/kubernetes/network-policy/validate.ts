import type { Prefix } from "../cidr";
import { labelNameFault, labelValueFault } from "../label-faults";
import type { Fault, FaultCode, Path } from "../schema/schema";
import { parseSloppyCidr } from "../sloppy-cidr";
import type { IpBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec, PolicyLabelSelector } from "./types";

/** The faults that the API server finds in a spec with defaults (`pkg/apis/networking/validation`, Kubernetes 1.34). */
export function specFaults(spec: NetworkPolicySpec): Fault[] {
  const at: Path = ["spec"];
  return [
    ...selectorFaults(spec.podSelector, [...at, "podSelector"]),
    ...(spec.ingress ?? []).flatMap(({ ports = [], from = [] }, index) => [
      ...ports.flatMap((port, item) => portFaults(port, [...at, "ingress", index, "ports", item])),
      ...from.flatMap((peer, item) => peerFaults(peer, [...at, "ingress", index, "from", item])),
    ]),
    ...(spec.egress ?? []).flatMap(({ ports = [], to = [] }, index) => [
      ...ports.flatMap((port, item) => portFaults(port, [...at, "egress", index, "ports", item])),
      ...to.flatMap((peer, item) => peerFaults(peer, [...at, "egress", index, "to", item])),
    ]),
    ...typeFaults(spec.policyTypes, [...at, "policyTypes"]),
  ];
}

function fault(path: Path, code: FaultCode, message: string): Fault {
  return { path, code, message };
}

function typeFaults(types: readonly string[], path: Path): Fault[] {
  if (types.length > 2) return [fault(path, "invalid", "may not have more than two policy types")];
  return types.flatMap((type, index) =>
    type === "Ingress" || type === "Egress"
      ? []
      : [fault([...path, index], "unsupported", notOneOf(type, "Ingress, Egress"))],
  );
}

function portFaults({ protocol, port, endPort }: NetworkPolicyPort, path: Path): Fault[] {
  const faults: Fault[] = [];
  const end: Path = [...path, "endPort"];
  if (protocol !== undefined && !["TCP", "UDP", "SCTP"].includes(protocol)) {
    faults.push(fault([...path, "protocol"], "unsupported", notOneOf(protocol, "TCP, UDP, SCTP")));
  }
  if (port === undefined) {
    if (endPort !== undefined) faults.push(fault(end, "invalid", "is not allowed without `port`"));
  } else if (typeof port === "number") {
    faults.push(...numberFaults(port, [...path, "port"]));
    if (endPort !== undefined && endPort < port)
      faults.push(fault(end, "invalid", `${endPort} is below \`port\`, ${port}`));
    if (endPort !== undefined) faults.push(...numberFaults(endPort, end));
  } else {
    if (endPort !== undefined) faults.push(fault(end, "invalid", "is not allowed with a named port"));
    const message = portNameFault(port);
    if (message !== undefined) faults.push(fault([...path, "port"], "invalid", message));
  }
  return faults;
}

function numberFaults(port: number, path: Path): Fault[] {
  return port >= 1 && port <= 65535 ? [] : [fault(path, "invalid", `${port} is not between 1 and 65535`)];
}

function portNameFault(name: string): string | undefined {
  const isName = name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);
  if (isName) return undefined;
  const quoted = JSON.stringify(name);
  if (/^\d+$/.test(name)) return `${quoted} counts as a port's name: write the number without quotes`;
  return `${quoted} is not a port's name: up to 15 lower-case letters, digits and single "-" within, at least one letter`;
}

function peerFaults({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: Path): Fault[] {
  const faults: Fault[] = [];
  if (podSelector !== undefined) faults.push(...selectorFaults(podSelector, [...path, "podSelector"]));
  if (namespaceSelector !== undefined)
    faults.push(...selectorFaults(namespaceSelector, [...path, "namespaceSelector"]));
  if (ipBlock !== undefined) faults.push(...blockFaults(ipBlock, [...path, "ipBlock"]));
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) {
    faults.push(
      fault(path, "required", "at least one of podSelector, namespaceSelector, ipBlock is needed; found none"),
    );
  }
  if (selects && ipBlock !== undefined)
    faults.push(fault(path, "forbidden", "`ipBlock` is not allowed beside a selector"));
  return faults;
}

function blockFaults({ cidr, except = [] }: IpBlock, path: Path): Fault[] {
  if (cidr === "") return [fault([...path], "required", "`cidr` is missing")];
  const notCidr = (text: string) => `${JSON.stringify(text)} is not a CIDR such as 10.0.0.0/8 or 2001:db8::/32`;
  const block = parseSloppyCidr(cidr);
  const faults = block === undefined ? [fault([...path, "cidr"], "invalid", notCidr(cidr))] : [];
  for (const [index, text] of except.entries()) {
    const at = [...path, "except", index];
    const hole = parseSloppyCidr(text);
    if (hole === undefined) faults.push(fault(at, "invalid", notCidr(text)));
    else if (block !== undefined && !(containsStart(block, hole) && block.bits < hole.bits)) {
      faults.push(fault(at, "invalid", `${JSON.stringify(text)} is not a CIDR within ${cidr} and smaller than it`));
    }
  }
  return faults;
}

/** Like Go's `IPNet.Contains`, which treats an IPv4-mapped address (`::ffff:10.0.0.1`) as the IPv4 address. */
function containsStart(block: Prefix, hole: Prefix): boolean {
  const outer = unmapped(block);
  const inner = unmapped({ ...hole, bits: hole.family === 4 ? 32 : 128 });
  if (outer.family !== inner.family) return false;
  const shift = BigInt((outer.family === 4 ? 32 : 128) - outer.bits);
  return outer.address >> shift === inner.address >> shift;
}

function unmapped(prefix: Prefix): Prefix {
  if (prefix.family === 4 || prefix.address >> 32n !== 0xffffn) return prefix;
  return { family: 4, address: prefix.address & 0xffff_ffffn, bits: Math.max(0, prefix.bits - 96) };
}

function selectorFaults({ matchLabels = {}, matchExpressions = [] }: PolicyLabelSelector, path: Path): Fault[] {
  const faults: Fault[] = [];
  const check = (at: Path, message: string | undefined) => {
    if (message !== undefined) faults.push(fault(at, "invalid", message));
  };
  for (const [key, value] of Object.entries(matchLabels)) {
    check([...path, "matchLabels", key], labelNameFault(key));
    check([...path, "matchLabels", key], labelValueFault(value));
  }
  for (const [index, { key, operator, values = [] }] of matchExpressions.entries()) {
    const at: Path = [...path, "matchExpressions", index];
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0)
        faults.push(fault([...at], "required", `\`values\` is missing, which ${operator} needs`));
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length > 0) faults.push(fault([...at, "values"], "forbidden", `is not allowed with ${operator}`));
    } else check([...at, "operator"], notOneOf(operator, "In, NotIn, Exists, DoesNotExist"));
    check([...at, "key"], labelNameFault(key));
    for (const [item, value] of values.entries()) check([...at, "values", item], labelValueFault(value));
  }
  return faults;
}

function notOneOf(value: string, known: string): string {
  return `${JSON.stringify(value)} is not one of ${known}`;
}
