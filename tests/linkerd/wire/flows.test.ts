import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Port } from "../../../lib/cilium/model";
import { type MeshedEnd, portsToOpen } from "../../../lib/fence/mesh-flows";
import { wireOf } from "../../../lib/linkerd/wire/wire";
import { TransportMode } from "../../../lib/scenario/transport-mode";

const meshed: MeshedEnd = { meshed: true };
const unmeshed: MeshedEnd = { meshed: false };
const { Transparent, TransportHeader } = TransportMode;
const proxy = Port.tcp(4143);

const rows: [string, Port[], MeshedEnd, MeshedEnd, TransportMode, Port[]][] = [
  ["a port in transparent mode", [Port.tcp(9898)], meshed, meshed, Transparent, []],
  ["an opaque port in transparent mode", [Port.tcp(5432)], meshed, meshed, Transparent, [proxy]],
  ["a range with an opaque port", [Port.tcpRange(5000, 6000)], meshed, meshed, Transparent, [proxy]],
  [
    "a port that the pod declares opaque",
    [Port.tcp(9898)],
    meshed,
    { meshed: true, opaquePorts: [9898] },
    Transparent,
    [proxy],
  ],
  ["a port with transport header", [Port.tcp(9898)], meshed, meshed, TransportHeader, [proxy]],
  ["a named port with transport header", [Port.named("http")], meshed, meshed, TransportHeader, [proxy]],
  ["any protocol", [Port.any(9898)], meshed, meshed, TransportHeader, [proxy]],
  ["UDP, which no proxy carries", [Port.udp(53)], meshed, meshed, TransportHeader, []],
  ["the proxy's own metrics", [Port.tcp(4191)], meshed, meshed, TransportHeader, []],
  [
    "a port that the server skips",
    [Port.tcp(9898)],
    meshed,
    { meshed: true, skipInboundPorts: [9898] },
    TransportHeader,
    [],
  ],
  ["an unmeshed client", [Port.tcp(9898)], unmeshed, meshed, TransportHeader, []],
  ["an unmeshed server", [Port.tcp(9898)], meshed, unmeshed, TransportHeader, []],
  ["a range that has 4143 already", [Port.allTcp()], meshed, meshed, TransportHeader, []],
];

describe("portsToOpen, besides the application's own ports", () => {
  for (const [what, ports, from, to, mode, more] of rows)
    it(`${more.length === 0 ? "none" : "4143"} for ${what}`, () => {
      assert.deepEqual(portsToOpen(ports, from, to, mode), [...ports, ...more]);
    });

  it("always opens the port that is on the wire", () => {
    const end = fc.record({
      meshed: fc.boolean(),
      opaquePorts: fc.constantFrom<number[][]>([9898], [5432, 80]),
      skipInboundPorts: fc.constantFrom<number[][]>([], [9898], [80]),
    });
    const number = fc.constantFrom(80, 9898, 5432, 4190, 4191, 53);
    const mode = fc.constantFrom(Transparent, TransportHeader);
    fc.assert(
      fc.property(number, end, end, mode, (port, from, to, transportMode) => {
        const { port: wire } = wireOf(
          {
            proto: "TCP",
            port,
            from: { ...from, injected: from.meshed, skipOutboundPorts: [] },
            to: { ...to, injected: to.meshed },
          },
          transportMode,
        );
        const opened = portsToOpen([Port.tcp(port)], from, to, transportMode);
        assert.deepEqual(opened, wire === port ? [Port.tcp(port)] : [Port.tcp(port), Port.tcp(wire)]);
      }),
    );
  });
});
