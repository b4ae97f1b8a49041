import assert from "node:assert/strict";
import { test } from "node:test";
import { podLabels } from "../../lib/cilium/policy/identity";
import { factsOf, type Snapshot } from "../../lib/cluster";
import type { ApiObject } from "../../lib/cluster/objects";
import { readManifests } from "../../lib/input/manifests/read";
import { scenarioOf } from "../../lib/input/scenario/scenario";
import { compile } from "../../lib/reachability";
import { find, type Recording, recorded } from "./recordings";

const recordings: Recording[] = ["sandbox", "transparent", "transport-header"];

for (const name of recordings) {
  test(`${name}: every pod has the labels that Cilium itself computed for it`, () => {
    const snapshot = recorded(name);
    const { scenario, workloads } = factsOf(snapshot);
    const pods = workloads.flatMap(({ endpoint, pods }) => pods.map((pod) => ({ endpoint, pod })));
    assert.ok(snapshot.ciliumEndpoints.length > 0);
    for (const { metadata, status } of snapshot.ciliumEndpoints) {
      const found = pods.find(({ pod }) => pod.name === metadata.name && pod.namespace === metadata.namespace);
      assert.ok(found, `${metadata.name} is not among the workloads`);
      const ours = [...podLabels(found.endpoint, scenario)].map(
        ({ source, key, value }) => `${source}:${key}=${value}`,
      );
      const theirs = (status?.identity?.labels ?? []).filter((label) => !label.startsWith("gen:"));
      assert.deepEqual(ours.sort(), theirs.sort(), metadata.name);
    }
  });

  test(`${name}: pods that share a workload share Cilium's identity`, () => {
    const snapshot = recorded(name);
    for (const { id, pods } of factsOf(snapshot).workloads) {
      const identities = pods.flatMap(({ name }) => {
        const endpoint = snapshot.ciliumEndpoints.find(({ metadata }) => metadata.name === name);
        return endpoint?.status?.identity?.id ?? [];
      });
      assert.ok(new Set(identities).size <= 1, id);
    }
  });
}

test("a running cluster and its manifests give the same verdicts", () => {
  const snapshot = recorded("sandbox");
  const live = factsOf(snapshot);
  const items = [...snapshot.namespaces, ...snapshot.services, ...snapshot.policies, ...snapshot.controllers];
  // Without status, as in a repository.
  const text = JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: items.map((item) => ({ ...item, status: undefined })),
  });
  const manifests = readManifests([{ file: "cluster.json", text }]);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  assert.equal(manifests.transportMode, live.transportMode);
  const written = scenarioOf(manifests, policies, { ...manifests, clusterName: "default" });
  const [ours, theirs] = [compile(live.policies, live.scenario), compile(policies, written)];
  const ids = ["cilium-linkerd/client", "cilium-linkerd/podinfo", "kube-system/coredns", "linkerd-viz/tap"];
  for (const from of ids) {
    for (const to of ids) {
      for (const port of [9898, 9797, 4143, 4190, 53]) {
        const flow = { from, to, proto: "TCP", port };
        assert.deepEqual(ours.verdict(flow).allowed, theirs.verdict(flow).allowed, JSON.stringify(flow));
      }
    }
  }
});

test("reads the transport mode from the controller's pods", () => {
  assert.equal(factsOf(recorded("sandbox")).transportMode, "transparent");
  const snapshot = recorded("sandbox");
  setMode(snapshot, "transport-header");
  const { transportMode, scenario, workloads } = factsOf(snapshot);
  assert.equal(transportMode, "transport-header");
  assert.equal(scenario.mesh?.transportMode, "transport-header");
  // Proxies still dial the control plane directly.
  const identity = workloads.find(({ id }) => id === "linkerd/linkerd-identity");
  assert.deepEqual(identity?.endpoint.mesh?.directPorts, [8080, 8086, 8090]);
});

test("reports two transport modes at once, and none", () => {
  const both = recorded("sandbox");
  const old = structuredClone(find(both.pods, /^linkerd-destination/));
  both.pods.push({ ...old, metadata: { ...old.metadata, name: "linkerd-destination-old" } });
  setMode(both, "transport-header", /-old$/);
  assert.match(factsOf(both).problems[0]?.message ?? "", /different transport modes/);
  const none = recorded("transport-header");
  assert.equal(factsOf(none).transportMode, undefined);
  assert.match(factsOf(none).problems[0]?.message ?? "", /do not say the transport mode/);
});

test("a pod is meshed if its proxy runs, whatever its annotations", () => {
  const meshed = (snapshot: Snapshot) => new Map(factsOf(snapshot).workloads.map(({ id, meshed }) => [id, meshed]));
  const transparent = meshed(recorded("transparent"));
  assert.equal(transparent.get("cilium-linkerd/client"), true);
  assert.equal(transparent.get("linkerd-viz/tap"), false);
  assert.equal(meshed(recorded("sandbox")).get("linkerd-viz/tap"), true);
  assert.equal(meshed(recorded("transport-header")).get("cilium-linkerd/stranger"), false);
});

test("a pod that differs from the rest of its workload is an endpoint of its own", () => {
  const snapshot = recorded("sandbox");
  const odd = find(snapshot.pods, /^podinfo/);
  odd.spec.initContainers = [];
  if (odd.status) odd.status.initContainerStatuses = [];
  const { workloads, scenario } = factsOf(snapshot);
  const podinfo = workloads.filter(({ name }) => name === "podinfo");
  assert.deepEqual(
    podinfo.map(({ id, meshed, pods }) => [id, meshed, pods.length]),
    [
      ["cilium-linkerd/podinfo", true, 1],
      [`cilium-linkerd/${odd.metadata.name}`, false, 1],
    ],
  );
  assert.ok(podinfo.every(({ id }) => scenario.endpoints.some((endpoint) => endpoint.id === id)));
});

test("leaves out pods that ended or are being deleted, and takes pods on the host network for the node", () => {
  const snapshot = recorded("sandbox");
  const [client, podinfo] = [find(snapshot.pods, /^client/), find(snapshot.pods, /^podinfo/)];
  client.metadata.deletionTimestamp = "2026-11-24T16:00:00Z";
  if (podinfo.status) podinfo.status.phase = "Succeeded";
  const { workloads } = factsOf(snapshot);
  assert.ok(!workloads.some(({ id }) => id === "cilium-linkerd/client"));
  assert.equal(workloads.find(({ id }) => id === "cilium-linkerd/podinfo")?.pods.length, 1);
  assert.deepEqual(workloads.find(({ id }) => id === "kube-system/kube-proxy")?.endpoint.reserved, ["remote-node"]);
});

test("reads the opaque and skipped ports of the installation if they differ from the charts'", () => {
  const snapshot = recorded("sandbox");
  const controller = find(snapshot.pods, /^linkerd-destination/);
  for (const container of controller.spec.containers) {
    container.args = (container.args ?? []).map((text) => text.replace(/(default-opaque-ports)=.*/, "$1=25,9090-9091"));
  }
  const init = find(snapshot.pods, /^client/).spec.initContainers?.[0];
  init?.args?.splice((init.args.indexOf("--outbound-ports-to-ignore") ?? 0) + 1, 1, "4567,5000");
  const client = factsOf(snapshot).workloads.find(({ id }) => id === "cilium-linkerd/client");
  assert.deepEqual(client?.endpoint.mesh?.opaquePorts, [25, 9090, 9091]);
  assert.deepEqual(client?.endpoint.mesh?.skipOutboundPorts, [4567, 5000]);
});

test("the prediction includes the cluster's CIDR groups and Kubernetes NetworkPolicies", () => {
  const snapshot = recorded("sandbox");
  assert.equal(factsOf(snapshot).scenario.cidrGroups, undefined);
  const metadata = { name: "partners" };
  snapshot.cidrGroups.push({
    ...{ apiVersion: "cilium.io/v2", kind: "CiliumCIDRGroup", metadata, spec: { externalCIDRs: ["203.0.113.0/24"] } },
  });
  snapshot.otherPolicies.push({
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "shut", namespace: "linkerd" } },
    ...{ spec: { podSelector: {} } },
  });
  const { scenario, policies, problems } = factsOf(snapshot);
  assert.deepEqual(problems, []);
  assert.deepEqual(scenario.cidrGroups, [{ name: "partners", labels: {}, cidrs: ["203.0.113.0/24"] }]);
  const flow = { from: "cilium-linkerd/client", to: "linkerd/linkerd-identity", proto: "TCP", port: 8080 };
  assert.equal(compile(policies, scenario).verdict(flow).ingress, "denied");
});

test("the prediction includes Linkerd's authorization, with the controller's defaults", () => {
  const snapshot = recorded("sandbox");
  const flow = { from: "cilium-linkerd/client", to: "cilium-linkerd/podinfo", proto: "TCP", port: 9898 };
  const decided = () => {
    const { scenario, policies } = factsOf(snapshot);
    return compile(policies, scenario).verdict(flow).linkerd;
  };
  assert.equal(decided(), undefined);
  const metadata = { name: "podinfo-http", namespace: "cilium-linkerd" };
  const spec = { podSelector: { matchLabels: { app: "podinfo" } }, port: "http", accessPolicy: "deny" };
  snapshot.authorization = [{ ...{ apiVersion: "policy.linkerd.io/v1beta3", kind: "Server", metadata, spec } }];
  assert.deepEqual([decided()?.verdict, decided()?.owner], ["denied", "Server podinfo-http"]);
  delete snapshot.authorization;
  for (const controller of snapshot.controllers)
    for (const { args = [] } of controller.spec.template?.spec?.containers ?? [])
      for (const [index, text] of args.entries()) args[index] = text.replace(/(default-policy)=.*/, "$1=deny");
  assert.deepEqual([decided()?.verdict, decided()?.owner], ["denied", "default policy deny"]);
});

test("reports what was not read and settings that the prediction does not support", () => {
  const snapshot = recorded("sandbox");
  snapshot.missing.push({ what: "the nodes of the cluster", of: "nodes", why: "nodes is forbidden" });
  const config = find(snapshot.configMaps, /^cilium-config$/);
  config.data = {
    ...config.data,
    "enable-policy": "always",
    "policy-audit-mode": "true",
    "cluster-name": "east",
    "enable-ipv6": "true",
  };
  snapshot.otherPolicies.push({
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    metadata: { name: "np" },
    spec: { tier: "Admin", priority: 1, subject: { namespaces: {} }, ingress: [] },
  } as ApiObject);
  const { problems, scenario, policies } = factsOf(snapshot);
  const text = problems.map(({ object, message }) => `${object}: ${message}`).join("\n");
  assert.match(text, /the nodes of the cluster: not read/);
  assert.match(text, /policy-audit-mode is on/);
  assert.match(text, /ClusterNetworkPolicy np: Cilium's agent reads no ClusterNetworkPolicy unless/);
  assert.match(policies.find(({ kind }) => kind === "ClusterNetworkPolicy")?.unread ?? "", /nothing sets it/);
  config.data["enable-k8s-cluster-network-policy"] = "true";
  const told = factsOf(snapshot);
  assert.doesNotMatch(told.problems.map(({ message }) => message).join("\n"), /ClusterNetworkPolicy/);
  assert.equal(told.policies.find(({ kind }) => kind === "ClusterNetworkPolicy")?.unread, undefined);
  const { name, ipv6, l7Proxy, mutualAuthentication, policyEnforcement, auditMode } = scenario.cluster ?? {};
  assert.deepEqual([name, ipv6, l7Proxy, mutualAuthentication], ["east", true, false, false]);
  assert.deepEqual([policyEnforcement, auditMode, scenario.cluster?.hostFirewall], ["always", true, false]);
});

test("agents with other settings on some nodes decide for the pods there, and Links are followed", () => {
  const snapshot = recorded("sandbox");
  const flow = { from: "cilium-linkerd/client", to: "cilium-linkerd/podinfo", proto: "TCP", port: 9797 };
  const decided = (of = flow) => {
    const { scenario, policies } = factsOf(snapshot);
    return compile(policies, scenario).verdict(of);
  };
  assert.equal(decided().allowed, false);
  const some = (key: string) => ({
    apiVersion: "cilium.io/v2",
    kind: "CiliumNodeConfig",
    metadata: { name: "audit", namespace: "kube-system" },
    spec: {
      nodeSelector: { matchExpressions: [{ key, operator: "Exists" }] },
      defaults: { "policy-audit-mode": "true" },
    },
  });
  const [node] = snapshot.nodes;
  assert.ok(node);
  node.metadata.labels = { pool: "a" };
  snapshot.nodeConfigs = [some("other")];
  assert.deepEqual([decided().allowed, decided().unknown], [false, undefined], "all labels of the node are known");
  snapshot.nodeConfigs = [some("pool")];
  assert.equal(decided().allowed, true);
  snapshot.nodes = [];
  assert.match(decided().unknown?.join() ?? "", /on which node it runs: CiliumNodeConfig kube-system\/audit/);
  snapshot.nodes = [node, { ...node, metadata: { name: "two", labels: {} } }];
  const moved = find(snapshot.pods, /^podinfo/);
  moved.spec.nodeName = "two";
  // Each kind of node is probed separately.
  const { workloads } = factsOf(snapshot);
  const ids = workloads.filter(({ name }) => name === "podinfo").map(({ id }) => id);
  assert.equal(ids.length, 2);
  const states = ids.map((to) => decided({ ...flow, to }).ingress);
  assert.deepEqual(new Set(states), new Set(["allowed", "denied"]));

  const link = { metadata: { name: "west", namespace: "linkerd-multicluster" } };
  const spec = { targetClusterName: "west", gatewayAddress: "203.0.113.9, gw.example", gatewayPort: "4143" };
  snapshot.links = [{ apiVersion: "multicluster.linkerd.io/v1alpha3", kind: "Link", ...link, spec } as ApiObject];
  const { scenario, problems } = factsOf(snapshot);
  assert.ok(scenario.endpoints.some(({ ip, linked }) => ip === "203.0.113.9" && linked?.cluster === "west"));
  assert.match(
    problems.map(({ message }) => message).join(),
    /that of the name gw.example, so the gateway is not evaluated/,
  );
});

function setMode(snapshot: Snapshot, mode: string, name = /^linkerd-destination/): void {
  for (const container of find(snapshot.pods, name).spec.containers) {
    container.args = (container.args ?? []).map((text) => text.replace(/(outbound-transport-mode)=.*/, `$1=${mode}`));
  }
}
