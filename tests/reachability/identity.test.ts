import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointIdentity, isIdentityLabel, podLabels, type Scenario } from "../../lib/reachability";
import recorded from "./recorded-identities.json";

const labelsOf = (labels: Iterable<{ key: string; value: string }>) =>
  Object.fromEntries([...labels].map(({ key, value }) => [key, value]));
const sorted = (labels: object) => JSON.stringify(Object.entries(labels).sort());

test("the pods of a live cluster get the labels that Cilium gave them", () => {
  const known = new Set(recorded.identities.map(sorted));
  assert.ok(recorded.pods.length > 10);
  for (const pod of recorded.pods) {
    const labels = labelsOf(podLabels(pod as never, { namespaces: recorded.namespaces as never }));
    assert.ok(known.has(sorted(labels)), `${pod.namespace}/${pod.id}: ${sorted(labels)}`);
  }
});

test("the label filter keeps app.kubernetes.io and drops what changes with every rollout", () => {
  const kept = (key: string) => isIdentityLabel({ source: "k8s", key });
  for (const key of [
    "app",
    "app.kubernetes.io/name",
    "io.cilium.k8s.policy.cluster",
    "io.kubernetes.pod.namespace",
    "linkerd.io/control-plane-ns",
  ]) {
    assert.ok(kept(key), key);
  }
  for (const key of [
    "pod-template-hash",
    "controller-revision-hash",
    "kubernetes.io/arch",
    "io.kubernetes.role",
    "statefulset.kubernetes.io/pod-name",
    "topology.kubernetes.io/zone",
    "my.beta.kubernetes.io/x",
    "batch.kubernetes.io/controller-uid",
    "k8s.io/x",
  ]) {
    assert.ok(!kept(key), key);
  }
});

test("an address carries its own block and the world's label of its family", () => {
  const labels = (ip: string, ipv6: boolean) => {
    const scenario: Scenario = { cluster: { ipv6 }, endpoints: [] };
    return [...endpointIdentity({ id: "x", ip }, scenario).labels].map(({ source, key }) => `${source}:${key}`);
  };
  assert.deepEqual(labels("1.1.1.1", false), ["cidr:1.1.1.1/32", "reserved:world"]);
  assert.deepEqual(labels("1.1.1.1", true), ["cidr:1.1.1.1/32", "reserved:world-ipv4"]);
  assert.deepEqual(labels("::1", true), ["cidr:0--1/128", "reserved:world-ipv6"]);
});
