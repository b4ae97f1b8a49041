import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { evaluate } from "../../lib/manifests/evaluate";
import { endsWith, opens, toWorld } from "./gate-of-two";

const unseenIn = (text: string, clusterName?: string) => {
  const manifests = manifestsOf([{ file: "all.yaml", text }], { namespace: "default" });
  assert.ok(manifests !== undefined);
  return evaluate(manifests, { ...(clusterName !== undefined && { clusterName }) }).unseen.map(({ object }) => object);
};

describe("names workloads of other kinds as unseen", () => {
  for (const [what, apiVersion, spec] of [
    ["VirtualMachine", "kubevirt.io/v1", "template: {metadata: {labels: {app: vm}}, spec: {domain: {devices: {}}}}"],
    ["VirtualMachineInstance", "kubevirt.io/v1", "domain: {devices: {}}"],
    ["JobSet", "jobset.x-k8s.io/v1alpha2", "replicatedJobs: [{name: a, template: {spec: {}}}]"],
    ["RayCluster", "ray.io/v1", "headGroupSpec: {template: {spec: {containers: []}}}"],
    ["SparkApplication", "sparkoperator.k8s.io/v1beta2", "driver: {labels: {app: spark}}"],
    ["ScaledJob", "keda.sh/v1alpha1", "jobTargetRef: {template: {spec: {containers: []}}}"],
    ["Service", "serving.knative.dev/v1", "template: {spec: {containers: [{image: i}]}}"],
    ["DeploymentConfig", "apps.openshift.io/v1", "template: {spec: {containers: [{name: c, image: i}]}}"],
  ] as const)
    it(`${what} of ${apiVersion}`, () => {
      const text = `{apiVersion: ${apiVersion}, kind: ${what}, metadata: {name: a, namespace: shop}, spec: {${spec}}}`;
      assert.deepEqual(unseenIn(text), [`${what} shop/a`]);
      const list = `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: List, items: [${text}]}]}`;
      assert.deepEqual(unseenIn(list), [`${what} shop/a`], "in a List in a List");
    });
});

describe("policies for endpoints that are not evaluated", () => {
  const policy = (subject: string, peer: string, kind = "CiliumNetworkPolicy, metadata: {name: p, namespace: shop}") =>
    `{apiVersion: cilium.io/v2, kind: ${kind}, spec: {endpointSelector: {${subject}}, ingress: [{${peer}}]}}`;
  const clusterwide = "CiliumClusterwideNetworkPolicy, metadata: {name: p}";
  const east = "matchLabels: {app: web, io.cilium.k8s.policy.cluster: east}";
  const inEast = "matchExpressions: [{key: 'k8s:io.cilium.k8s.policy.cluster', operator: In, values: [east]}]";
  const [narrow, wide] = ["fromEntities: [remote-node]", "fromEntities: [world]"];
  for (const [what, subject, kind] of [
    ["pods of a cluster that may be this one", east],
    ["the same by an expression", inEast],
    ["the endpoints by which Cilium checks its nodes", "matchLabels: {'reserved:health': ''}", clusterwide],
    ["the same by an expression", "matchExpressions: [{key: 'reserved:health', operator: Exists}]", clusterwide],
    ["pods that have no labels yet", "matchLabels: {'reserved:init': ''}", clusterwide],
  ] as const) {
    it(`${what}: a change fails the gate, and no change passes it`, () => {
      const [before, after] = [narrow, wide].map((peer) => policy(subject, peer, kind)) as [string, string];
      assert.deepEqual(endsWith(before, after, toWorld), [2, 2]);
      assert.deepEqual(endsWith(before, before, toWorld), [0, 0]);
      assert.equal(unseenIn(before).length, 1);
    });
  }
  it("names those endpoints, but not for policies that select everyone", () => {
    const said = (subject: string) => {
      const text = policy(subject, narrow, clusterwide);
      const manifests = manifestsOf([{ file: "all.yaml", text }], { namespace: "default" });
      assert.ok(manifests !== undefined);
      return evaluate(manifests).unseen.map(({ reason }) => reason.split(", which", 1)[0]);
    };
    const [health, init] = ["matchLabels: {'reserved:health': ''}", "matchLabels: {'reserved:init': ''}"].map(said);
    assert.deepEqual(health, ["it selects the endpoints by which Cilium checks its nodes (reserved:health)"]);
    assert.deepEqual(init, ["it selects pods that have no labels yet (reserved:init)"]);
    for (const subject of ["", "matchExpressions: [{key: 'reserved:health', operator: DoesNotExist}]"])
      assert.deepEqual(said(subject), []);
  });
  it("evaluates them if the cluster's name is given", () =>
    assert.deepEqual(unseenIn(policy(east, narrow), "east"), []));
  const named = (text: string) =>
    [
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {cluster-name: east}}",
      text,
    ].join("\n---\n");
  opens("the world, to pods of this cluster", named(policy(east, narrow)), named(policy(east, wide)), ["opened:world"]);
});
