import assert from "node:assert/strict";
import { test } from "node:test";
import { sandboxAuthorizations, sandboxPolicies } from "../../../lib/components/sandbox/edges";
import { sandboxScenario } from "../../../lib/components/sandbox/scenario";
import { compile } from "../../../lib/reachability";
import { TransportMode } from "../../../lib/scenario/transport-mode";

const transparent = sandboxScenario({ transportMode: TransportMode.Transparent, viz: true });
const endpoint = (id: string) => {
  const found = transparent.endpoints.find((each) => each.id === id);
  assert.ok(found, id);
  return found;
};

/** As `kubectl get ciliumidentities` printed them on a live cluster, without the labels of namespace and service account. */
const recorded: Record<string, Record<string, string>> = {
  client: {
    app: "client",
    "linkerd.io/control-plane-ns": "linkerd",
    "linkerd.io/proxy-deployment": "client",
    "linkerd.io/workload-ns": "cilium-linkerd",
  },
  podinfo: {
    app: "podinfo",
    "linkerd.io/control-plane-ns": "linkerd",
    "linkerd.io/proxy-deployment": "podinfo",
    "linkerd.io/workload-ns": "cilium-linkerd",
  },
  "linkerd-identity": {
    "linkerd.io/control-plane-component": "identity",
    "linkerd.io/control-plane-ns": "linkerd",
    "linkerd.io/proxy-deployment": "linkerd-identity",
    "linkerd.io/workload-ns": "linkerd",
  },
  "linkerd-destination": {
    "linkerd.io/control-plane-component": "destination",
    "linkerd.io/control-plane-ns": "linkerd",
    "linkerd.io/proxy-deployment": "linkerd-destination",
    "linkerd.io/workload-ns": "linkerd",
  },
  "kube-dns": { "k8s-app": "kube-dns" },
};

for (const [id, labels] of Object.entries(recorded)) {
  test(`${id} has the labels that Cilium saw on a live cluster`, () => {
    assert.deepEqual(endpoint(id).labels, labels);
  });
}

test("every flow names existing endpoints and a plausible port", () => {
  const known = new Set(transparent.endpoints.map(({ id }) => id));
  assert.ok((transparent.flows ?? []).length > 50);
  for (const { from, to, port, proto } of transparent.flows ?? []) {
    assert.ok(known.has(from) && known.has(to) && from !== to, `${from} -> ${to}`);
    assert.ok(port > 0 && ["TCP", "UDP"].includes(proto));
  }
});

test("no flow is listed twice", () => {
  const flows = (transparent.flows ?? []).map((flow) => JSON.stringify(flow));
  assert.equal(new Set(flows).size, flows.length);
});

/** As measured on a live cluster, between the client and podinfo. */
for (const { mode, open, closed, wire } of [
  { mode: TransportMode.Transparent, open: [9898], closed: [9797, 9999], wire: 9898 },
  // With 4143 open, the policy no longer distinguishes podinfo's ports.
  { mode: TransportMode.TransportHeader, open: [9898, 9797, 9999], closed: [], wire: 4143 },
]) {
  test(`${mode}: the client reaches the ports of podinfo that it reached on a live cluster`, () => {
    const reachability = compile(sandboxPolicies(mode), sandboxScenario({ transportMode: mode, viz: true }));
    assert.deepEqual(reachability.refused, []);
    const ask = (port: number) => reachability.verdict({ from: "client", to: "podinfo", proto: "TCP", port });
    for (const port of open) assert.equal(ask(port).allowed, true, String(port));
    for (const port of closed) assert.equal(ask(port).allowed, false, String(port));
    assert.deepEqual([ask(9898).wire?.port, ask(9898).wire?.mtls], [wire, true]);
  });

  test(`${mode}: the mesh works behind the fence, and nothing else does`, () => {
    const reachability = compile(sandboxPolicies(mode), sandboxScenario({ transportMode: mode, viz: true }));
    const allowed = [...reachability.verdicts()].filter((verdict) => verdict.allowed);
    const edges = (end: "from" | "to", id: string, other: "from" | "to") =>
      [...new Set(allowed.filter((verdict) => verdict[end] === id).map((verdict) => verdict[other]))].sort();
    assert.deepEqual(edges("from", "client", "to"), ["kube-dns", "linkerd-destination", "linkerd-identity", "podinfo"]);
    const callers = ["client", "kubelet", "linkerd-viz-prometheus", "linkerd-viz-tap"];
    assert.deepEqual(edges("to", "podinfo", "from"), callers);
    const dialled = allowed.filter(({ from, to }) => from === "client" && to.startsWith("linkerd-"));
    assert.deepEqual(dialled.map(({ wire }) => wire?.port).sort(), [8080, 8086, 8090]);
  });
}

for (const transportMode of Object.values(TransportMode))
  test(`${transportMode}: with Linkerd's authorization the client reaches only podinfo's API, and Prometheus its proxy's metrics`, () => {
    const authorizations = sandboxAuthorizations();
    const scenario = sandboxScenario({ transportMode, viz: true, authorizations });
    const reachability = compile(sandboxPolicies(transportMode), scenario);
    const open = (from: string) =>
      [9797, 9898, 9999, 4190, 4191].filter(
        (port) => reachability.verdict({ from, to: "podinfo", proto: "TCP", port }).allowed,
      );
    assert.deepEqual(open("client"), [9898]);
    assert.deepEqual(open("linkerd-viz-prometheus"), [4190, 4191]);
    assert.deepEqual(open("linkerd-viz-tap"), [4190]);
    // The kubelet probes the proxy; podinfo's probes run inside the container.
    assert.deepEqual(open("kubelet"), [4190, 4191]);
    const byLinkerd = compile([], scenario);
    const caller = (port: number, from = "client") =>
      byLinkerd.verdict({ from, to: "podinfo", proto: "TCP", port }).linkerd;
    assert.equal(caller(9898)?.verdict, "allowed");
    for (const port of [9797, 9999]) assert.match(caller(port)?.reason ?? "", /admits nobody/);
    assert.match(caller(9898, "any-other-pod")?.reason ?? "", /admits only over mTLS sa client\.cilium-linkerd/);
  });

test("enforcement selects which layers fence the sandbox", () => {
  assert.deepEqual(sandboxAuthorizations(undefined, "cilium"), []);
  assert.deepEqual(sandboxPolicies(TransportMode.Transparent, undefined, "linkerd"), []);
});

test("allowedPorts replaces podinfo's API as the open ports", () => {
  const policies = sandboxPolicies(TransportMode.Transparent, [9898, 9797]);
  const reachability = compile(policies, sandboxScenario({ transportMode: TransportMode.Transparent, viz: true }));
  const open = [9797, 9898, 9999].filter(
    (port) => reachability.verdict({ from: "client", to: "podinfo", proto: "TCP", port }).allowed,
  );
  assert.deepEqual(open, [9797, 9898]);
});

test("without viz, there is no tap service", () => {
  const { endpoints, namespaces } = sandboxScenario({ transportMode: TransportMode.Transparent, viz: false });
  assert.ok(!endpoints.some(({ namespace }) => namespace === "linkerd-viz"));
  assert.ok(!namespaces?.some(({ name }) => name === "linkerd-viz"));
});

test("includes the tutorial's two policies, with what current Linkerd needs", () => {
  const [egress, ingress] = sandboxPolicies(TransportMode.Transparent).map(({ spec }) => spec);
  assert.deepEqual(egress, {
    endpointSelector: { matchLabels: { app: "client" } },
    egress: [
      { toEndpoints: [{ matchLabels: { app: "podinfo" } }], toPorts: [{ ports: [{ port: "9898", protocol: "TCP" }] }] },
      {
        toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } }],
        toPorts: [
          {
            ports: [
              { port: "53", protocol: "UDP" },
              { port: "53", protocol: "TCP" },
            ],
          },
        ],
      },
      {
        toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "linkerd" } }],
        toPorts: [{ ports: ["8080", "8086", "8090"].map((port) => ({ port, protocol: "TCP" })) }],
      },
    ],
  });
  assert.deepEqual(ingress, {
    endpointSelector: { matchLabels: { app: "podinfo" } },
    ingress: [
      {
        fromEndpoints: [{ matchLabels: { app: "client" } }],
        toPorts: [{ ports: [{ port: "9898", protocol: "TCP" }] }],
      },
      {
        fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "linkerd-viz" } }],
        toPorts: [{ ports: ["4190", "4191"].map((port) => ({ port, protocol: "TCP" })) }],
      },
    ],
  });
});
