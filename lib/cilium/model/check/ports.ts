import { isPortName } from "../../../kubernetes/ports";
import { meshPortNames } from "../../../linkerd/wire/ports";
import { type Icmp, IpFamily, type Port, Protocol } from "../port";
import type { Problems } from "../problems";
import { describe, exactlyOne, isShape, list } from "./shape";

/** `maxPorts` and `maxICMPFields` in Cilium's `pkg/policy/api/rule_validation.go`. */
const most = 40;

export function checkPorts(ports: readonly Port[], problems: Problems): void {
  if (ports.length > most)
    problems.add(
      `${ports.length} ports, at most ${most} are allowed. Use Port.tcpRange(first, last), or a second entry.`,
    );
}

export function checkPort(port: Port, problems: Problems): void {
  if (!isShape(port, ["number", "endPort", "name", "all", "protocol"], problems)) return;
  const { number, endPort, name, protocol } = port;
  exactlyOne(
    { ...port, all: port.all || undefined },
    ["number", "name", "all"],
    problems,
    'Use Port.tcp(8080), Port.named("http") or Port.allTcp().',
  );
  if (!Object.values(Protocol).includes(protocol)) {
    const icmp = /^icmp/i.test(String(protocol)) ? " ICMP has types, not ports: use `icmp` beside `ports`." : "";
    problems
      .at("protocol")
      .add(`"${protocol}" is not a protocol. Valid protocols are ${list(Object.values(Protocol))}.${icmp}`);
  }
  if (number !== undefined) checkNumber(number, problems);
  if (endPort !== undefined) checkEndPort(port, problems.at("endPort"));
  if (name !== undefined) checkPortName(name, problems);
}

function checkNumber(number: unknown, problems: Problems): void {
  if (number === 0) problems.add("Port 0 is every port to Cilium. Use Port.allTcp(), Port.allUdp() or Port.all().");
  else if (!isPortNumber(number)) problems.add(`A port is a whole number from 1 to 65535, got ${describe(number)}.`);
}

function checkEndPort({ number, endPort }: Port, problems: Problems): void {
  if (number === undefined)
    problems.add("Only a numbered port can begin a range; Cilium ignores it elsewhere. Leave it out.");
  else if (!isPortNumber(endPort)) problems.add(`A port is a whole number from 1 to 65535, got ${describe(endPort)}.`);
  else if (endPort < number)
    problems.add(`The range ends at ${endPort}, before it begins at ${number}. Did you mean ${endPort} to ${number}?`);
}

function isPortNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535;
}

function checkPortName(name: string, problems: Problems): void {
  const meshPort = Object.entries(meshPortNames).find(([known]) => known === name)?.[1];
  if (typeof name === "string" && /^[0-9]+$/.test(name)) {
    problems.add(`"${name}" is a number, not a name. Did you mean Port.tcp(${Number(name)})?`);
  } else if (meshPort !== undefined) {
    problems.add(
      `Cilium finds no port "${name}": it reads the ports of containers only, and Linkerd's proxy is an init container ` +
        `(a native sidecar). Did you mean Port.tcp(${meshPort})?`,
    );
  } else if (typeof name !== "string" || !isPortName(name)) {
    problems.add(
      `A port's name has at most 15 letters, digits and single "-" between them, and at least one letter, got ${describe(name)}.`,
    );
  }
}

export function checkIcmp(icmp: Icmp, problems: Problems): void {
  if (!isShape(icmp, ["family", "type"], problems)) return;
  if (!Object.values(IpFamily).includes(icmp.family))
    problems
      .at("family")
      .add(`"${icmp.family}" is not an IP family. Valid families are ${list(Object.values(IpFamily))}.`);
  const { type } = icmp;
  if (type === 0)
    problems
      .at("type")
      .add(
        "To Cilium, ICMP type 0 is every type. The reply to a ping needs no rule, so allow the request: Icmp.ping().",
      );
  else if (!(Number.isInteger(type) && type >= 1 && type <= 255))
    problems.at("type").add(`An ICMP type is a whole number from 1 to 255, got ${describe(type)}.`);
}

export function checkIcmps(icmps: readonly Icmp[], problems: Problems): void {
  if (icmps.length > most) problems.add(`${icmps.length} ICMP types, at most ${most} are allowed. Use a second entry.`);
}
