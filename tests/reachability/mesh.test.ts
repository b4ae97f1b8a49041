import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyManifest } from "../../lib/cilium/api/policy";
import { compile, type EndpointMesh, type Scenario, wireOf } from "../../lib/reachability";
import { TransportMode } from "../../lib/scenario/transport-mode";
import recorded from "./recorded-policies.json";

const MESHED: EndpointMesh = { injected: true };

/** The sandbox as it was recorded on a live cluster: a meshed client and podinfo, which listens on 9898 and 9797. */
function sandbox(transportMode: TransportMode): Scenario {
  return {
    namespaces: [{ name: "cilium-linkerd" }, { name: "linkerd-viz" }],
    mesh: { transportMode },
    endpoints: [
      {
        id: "client",
        namespace: "cilium-linkerd",
        labels: { "app.kubernetes.io/name": "slow_cooker", app: "client" },
        mesh: MESHED,
      },
      {
        id: "podinfo",
        namespace: "cilium-linkerd",
        labels: { "app.kubernetes.io/name": "podinfo", app: "podinfo" },
        mesh: MESHED,
      },
      { id: "outsider", namespace: "cilium-linkerd", labels: { app: "outsider" } },
      { id: "internet", ip: "1.1.1.1" },
    ],
  };
}

/** The recorded policies, with the ports that the client may use on podinfo replaced. */
function policies(...ports: string[]): PolicyManifest[] {
  const text = JSON.stringify(recorded).replaceAll(
    '[{"port":"9898","protocol":"TCP"}]',
    JSON.stringify(ports.map((port) => ({ port, protocol: "TCP" }))),
  );
  return JSON.parse(text) as PolicyManifest[];
}

// measured on a live cluster, one row each: transport mode, allowed ports, requested port, whether the request passed, and the port on the wire
const MEASURED = [
  { mode: TransportMode.Transparent, allow: ["9898"], ask: 9898, through: true, wire: 9898 },
  { mode: TransportMode.Transparent, allow: ["9898"], ask: 9797, through: false, wire: 9797 },
  { mode: TransportMode.TransportHeader, allow: ["9898"], ask: 9898, through: false, wire: 4143 },
  { mode: TransportMode.TransportHeader, allow: ["9898"], ask: 9797, through: false, wire: 4143 },
  { mode: TransportMode.TransportHeader, allow: ["9898", "4143"], ask: 9898, through: true, wire: 4143 },
  { mode: TransportMode.TransportHeader, allow: ["9898", "4143"], ask: 9797, through: true, wire: 4143 },
] as const;

for (const { mode, allow, ask, through, wire } of MEASURED) {
  test(`measured: ${mode}, ${allow.join(" and ")} allowed, ${ask} requested: ${through ? "passes" : "denied"}`, () => {
    const reachability = compile(policies(...allow), sandbox(mode));
    assert.deepEqual(reachability.refused, []);
    const verdict = reachability.verdict({ from: "client", to: "podinfo", proto: "TCP", port: ask });
    assert.equal(verdict.allowed, through);
    assert.equal(verdict.wire?.port, wire);
    assert.equal(verdict.wire?.mtls, true);
    assert.equal(verdict.wire?.opensAllPorts, wire === 4143 ? true : undefined);
  });
}

test("measured: the client reaches no outside address", () => {
  const verdict = compile(policies("9898"), sandbox(TransportMode.Transparent)).verdict({
    from: "client",
    to: "internet",
    proto: "TCP",
    port: 80,
  });
  assert.equal(verdict.egress, "denied");
  assert.equal(verdict.allowed, false);
});

const row = (
  from: EndpointMesh | undefined,
  to: EndpointMesh | undefined,
  mode: TransportMode,
  port = 9898,
  proto = "TCP",
) => wireOf({ proto, port, from, to }, mode);

test("unless both ends are meshed, a packet keeps its port and is plain text", () => {
  for (const mode of Object.values(TransportMode)) {
    assert.deepEqual(row(undefined, undefined, mode), { port: 9898, mtls: false });
    assert.deepEqual(row(undefined, MESHED, mode), { port: 9898, mtls: false });
    assert.deepEqual(row(MESHED, undefined, mode), { port: 9898, mtls: false });
    assert.deepEqual(row(MESHED, { injected: false }, mode), { port: 9898, mtls: false });
  }
});

test("the transport header moves every port to 4143", () => {
  assert.deepEqual(row(MESHED, MESHED, TransportMode.TransportHeader), { port: 4143, mtls: true, opensAllPorts: true });
  assert.deepEqual(row(MESHED, MESHED, TransportMode.Transparent), { port: 9898, mtls: true });
});

test("opaque ports go to 4143 in both modes, by default those of well-known protocols", () => {
  assert.equal(row(MESHED, MESHED, TransportMode.Transparent, 5432).port, 4143);
  assert.equal(row(MESHED, { injected: true, opaquePorts: [9898] }, TransportMode.Transparent).port, 4143);
  assert.equal(row(MESHED, { injected: true, opaquePorts: [] }, TransportMode.Transparent, 5432).port, 5432);
});

test("skipped ports bypass the mesh, at either end", () => {
  assert.deepEqual(row({ injected: true, skipOutboundPorts: [9898] }, MESHED, TransportMode.TransportHeader), {
    port: 9898,
    mtls: false,
  });
  assert.deepEqual(row(MESHED, { injected: true, skipInboundPorts: [9898] }, TransportMode.TransportHeader), {
    port: 9898,
    mtls: false,
  });
  assert.deepEqual(row(MESHED, MESHED, TransportMode.TransportHeader, 4567), { port: 4567, mtls: false });
});

test("proxies dial each other's own ports, and the control plane's, directly", () => {
  for (const port of [4190, 4191])
    assert.deepEqual(row(MESHED, MESHED, TransportMode.TransportHeader, port), { port, mtls: true });
  const controller = { injected: true, directPorts: [8086] };
  assert.deepEqual(row(MESHED, controller, TransportMode.TransportHeader, 8086), { port: 8086, mtls: true });
  assert.deepEqual(row(undefined, controller, TransportMode.TransportHeader, 8086), { port: 8086, mtls: false });
});

test("UDP and ICMP do not go through the proxy", () => {
  assert.deepEqual(row(MESHED, MESHED, TransportMode.TransportHeader, 53, "UDP"), { port: 53, mtls: false });
  assert.deepEqual(row(MESHED, MESHED, TransportMode.TransportHeader, 8, "ICMP"), { port: 8, mtls: false });
});

test("the proxy refuses plain text on 4143, whatever Cilium says", () => {
  const verdict = compile([], sandbox(TransportMode.TransportHeader)).verdict({
    from: "outsider",
    to: "podinfo",
    proto: "TCP",
    port: 4143,
  });
  assert.equal(verdict.ingress, "allowed");
  assert.equal(verdict.allowed, false);
  assert.match(verdict.wire?.refused ?? "", /mutual TLS/);
});

test("a scenario without a mesh has no wire", () => {
  const { mesh: _, ...plain } = sandbox(TransportMode.Transparent);
  const scenario: Scenario = { ...plain, endpoints: plain.endpoints.map(({ mesh: __, ...endpoint }) => endpoint) };
  assert.equal(compile([], scenario).verdict({ from: "client", to: "podinfo", proto: "TCP", port: 1 }).wire, undefined);
});
