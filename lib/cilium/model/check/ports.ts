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
      "too-many",
      `there are ${ports.length} ports, and at most ${most} are allowed`,
      "use Port.tcpRange(first, last), or a second entry",
    );
}

export function checkPort(port: Port, problems: Problems): void {
  if (!isShape(port, ["number", "endPort", "name", "all", "protocol"], problems)) return;
  const { number, endPort, name, protocol } = port;
  exactlyOne(
    { ...port, all: port.all || undefined },
    ["number", "name", "all"],
    problems,
    'use Port.tcp(8080), Port.named("http") or Port.allTcp()',
  );
  if (!Object.values(Protocol).includes(protocol)) {
    const fix = /^icmp/i.test(String(protocol))
      ? "ICMP has types, not ports: use `icmp` beside `ports`"
      : `use ${list(Object.values(Protocol), "or")}`;
    problems.at("protocol").add("invalid-value", `"${protocol}" is not a protocol of ports`, fix);
  }
  if (number !== undefined) checkNumber(number, problems);
  if (endPort !== undefined) checkEndPort(port, problems.at("endPort"));
  if (name !== undefined) checkPortName(name, problems);
}

function checkNumber(number: unknown, problems: Problems): void {
  if (number === 0)
    problems.add("invalid-port", "port 0 is every port to Cilium", "use Port.allTcp(), Port.allUdp() or Port.all()");
  else checkPortNumber(number, problems);
}

function checkEndPort({ number, endPort }: Port, problems: Problems): void {
  if (number === undefined)
    problems.add(
      "no-effect",
      "only a numbered port can begin a range, and Cilium ignores it elsewhere",
      "leave it out",
    );
  else if (checkPortNumber(endPort, problems) && endPort < number)
    problems.add(
      "invalid-port",
      `the range ends at ${endPort}, before it begins at ${number}`,
      `did you mean ${endPort} to ${number}?`,
    );
}

function checkPortNumber(value: unknown, problems: Problems): value is number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535) return true;
  problems.add("invalid-port", `${describe(value)} is not a port`, "use a whole number from 1 to 65535");
  return false;
}

function checkPortName(name: string, problems: Problems): void {
  const meshPort = Object.entries(meshPortNames).find(([known]) => known === name)?.[1];
  if (typeof name === "string" && /^[0-9]+$/.test(name)) {
    problems.add("invalid-port", `"${name}" is a number, not a name`, `did you mean Port.tcp(${Number(name)})?`);
  } else if (meshPort !== undefined) {
    problems.add(
      "invalid-port",
      `Cilium finds no port "${name}": it reads the ports of containers only, and Linkerd's proxy is an init container ` +
        "(a native sidecar)",
      `did you mean Port.tcp(${meshPort})?`,
    );
  } else if (typeof name !== "string" || !isPortName(name)) {
    problems.add(
      "invalid-port",
      `${describe(name)} is not a name that a port can have`,
      'use at most 15 lower-case letters, digits and single "-" between them, and at least one letter',
    );
  }
}

export function checkIcmp(icmp: Icmp, problems: Problems): void {
  if (!isShape(icmp, ["family", "type"], problems)) return;
  if (!Object.values(IpFamily).includes(icmp.family))
    problems
      .at("family")
      .add("invalid-value", `"${icmp.family}" is not an IP family`, `use ${list(Object.values(IpFamily), "or")}`);
  const { type } = icmp;
  if (type === 0)
    problems
      .at("type")
      .add(
        "invalid-value",
        "to Cilium, ICMP type 0 is every type",
        "the reply to a ping needs no rule, so allow the request: Icmp.ping()",
      );
  else if (!(Number.isInteger(type) && type >= 1 && type <= 255))
    problems
      .at("type")
      .add("invalid-value", `${describe(type)} is not an ICMP type`, "use a whole number from 1 to 255");
}

export function checkIcmps(icmps: readonly Icmp[], problems: Problems): void {
  if (icmps.length > most)
    problems.add(
      "too-many",
      `there are ${icmps.length} ICMP types, and at most ${most} are allowed`,
      "use a second entry",
    );
}
