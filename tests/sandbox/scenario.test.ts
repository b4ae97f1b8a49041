import assert from "node:assert/strict";
import { test } from "node:test";
import { TransportMode } from "../../lib/mesh/transport";
import { sandboxPolicies } from "../../lib/sandbox/edges";
import { sandboxScenario } from "../../lib/sandbox/scenario";

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

test("every flow names endpoints that are there and a port that makes sense", () => {
  const known = new Set(transparent.endpoints.map(({ id }) => id));
  assert.ok((transparent.flows ?? []).length > 50);
  for (const { from, to, port, proto } of transparent.flows ?? []) {
    assert.ok(known.has(from) && known.has(to) && from !== to, `${from} -> ${to}`);
    assert.ok(port > 0 && ["TCP", "UDP"].includes(proto));
  }
});

test("no flow is there twice", () => {
  const flows = (transparent.flows ?? []).map((flow) => JSON.stringify(flow));
  assert.equal(new Set(flows).size, flows.length);
});

test("without viz nobody is there to tap", () => {
  const { endpoints, namespaces } = sandboxScenario({ transportMode: TransportMode.Transparent, viz: false });
  assert.ok(!endpoints.some(({ namespace }) => namespace === "linkerd-viz"));
  assert.ok(!namespaces?.some(({ name }) => name === "linkerd-viz"));
});

test("the tutorial's two policies, with what today's Linkerd needs", () => {
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
