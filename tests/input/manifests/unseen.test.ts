import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { lintFactsOf } from "../../../lib/input/scenario/lint-facts";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { lint } from "../../../lib/lint";
import { noticesOf } from "../../../lib/report/notices";

const read = (...texts: (string | [file: string, text: string])[]) =>
  readManifests(
    texts.map((text) => {
      const [file, content] = typeof text === "string" ? ["x.yaml", text] : text;
      return { file, text: content, found: true };
    }),
  );
const object = (apiVersion: string, kind: string, spec = "{}", namespace = "shop") =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: x, namespace: ${namespace}}, spec: ${spec}}`;
const template = (app: string) =>
  `{metadata: {labels: {app: ${app}}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}`;
const deployment = object("apps/v1", "Deployment", `{template: ${template("web")}}`);
const policy = (app: string, namespace = "shop") =>
  object(
    "cilium.io/v2",
    "CiliumNetworkPolicy",
    `{endpointSelector: {matchLabels: {app: ${app}}}, ingress: [{}]}`,
    namespace,
  );
const accused = (...texts: Parameters<typeof read>) => {
  const manifests = read(...texts);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  return lint(policies, scenarioOf(manifests, policies), { facts: lintFactsOf(manifests) }).filter(
    ({ rule }) => rule === "selects-nothing",
  ).length;
};

test("reports each kind that generates objects once, with what to give instead", () => {
  const { unseen, problems } = read(
    ["a/kustomization.yaml", "{namespace: shop, resources: [x.yaml]}"],
    ["b/kustomization.yml", "{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization, namespace: other}"],
    ["c/Chart.yaml", "{apiVersion: v2, name: c, version: 1.0.0}"],
    object("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    object("postgresql.cnpg.io/v1", "Cluster"),
    object("apps.kruise.io/v1alpha1", "CloneSet", `{template: ${template("web")}}`),
    object("monitoring.coreos.com/v1", "ServiceMonitor"),
    deployment,
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    noticesOf({ unseen }).map(({ message }) => message),
    [
      "Chart c (c/Chart.yaml:1): what this produces is not seen. Give the output of `helm template` instead",
      "CloneSet shop/x (x.yaml:1): what this produces is not seen. Give its pods too, from `kubectl get pods --all-namespaces -o yaml`",
      "Cluster shop/x (x.yaml:1): what this produces is not seen. Give its pods too, from `kubectl get pods --all-namespaces -o yaml`",
      "2 Kustomization of kustomize.config.k8s.io (a/kustomization.yaml:1 and elsewhere): what this produces is not seen. Give the output of `kubectl kustomize DIR` instead",
      "Kustomization shop/x (x.yaml:1): what this produces is not seen. Give the output of `flux build kustomization NAME --path DIR` too",
    ],
  );
});

test("reports a cluster of k0s only if it installs charts", () => {
  const extensions = (charts: string) => `{extensions: {helm: {charts: ${charts}}}}`;
  const unseen = (apiVersion: string, kind: string, spec: string) =>
    read(object(apiVersion, kind, spec)).unseen.map((one) => one.object);
  const [chart, none] = [extensions("[{name: cilium}]"), extensions("[]")];
  assert.deepEqual(unseen("k0s.k0sproject.io/v1beta1", "ClusterConfig", chart), ["ClusterConfig shop/x"]);
  assert.deepEqual(unseen("k0s.k0sproject.io/v1beta1", "ClusterConfig", none), []);
  assert.deepEqual(unseen("k0s.k0sproject.io/v1beta1", "ClusterConfig", "{}"), []);
  const nested = (spec: string) => `{k0s: {config: {spec: ${spec}}}}`;
  assert.deepEqual(unseen("k0sctl.k0sproject.io/v1beta1", "Cluster", nested(chart)), ["Cluster shop/x"]);
  assert.deepEqual(unseen("k0sctl.k0sproject.io/v1beta1", "Cluster", nested(none)), []);
  assert.deepEqual(unseen("helm.k0sproject.io/v1beta1", "Chart", "{}"), ["Chart shop/x"]);
});

test("blames no selector where unseen pods may be", () => {
  const cluster = (namespace: string) => object("postgresql.cnpg.io/v1", "Cluster", "{}", namespace);
  assert.equal(accused(deployment, policy("db")), 1);
  assert.equal(accused(deployment, policy("db"), cluster("shop")), 0);
  assert.equal(accused(deployment, policy("db"), cluster("data")), 1, "they are in another namespace");
  const release = (spec: string) => object("helm.toolkit.fluxcd.io/v2", "HelmRelease", spec, "flux-system");
  assert.equal(accused(deployment, policy("db"), release("{targetNamespace: shop}")), 0);
  assert.equal(accused(deployment, policy("db"), release("{}")), 1);
  const application = (spec: string) => object("argoproj.io/v1alpha1", "Application", spec, "argocd");
  assert.equal(accused(deployment, policy("db"), application("{destination: {namespace: data}}")), 1);
  assert.equal(accused(deployment, policy("db"), application("{destination: {}}")), 0);
  assert.equal(accused(deployment, policy("db"), ["kustomization.yaml", "resources: []"]), 0);
});

test("a Rollout is a workload; one that refers to a Deployment adds nothing to it", () => {
  const rollout = (spec: string) => object("argoproj.io/v1alpha1", "Rollout", spec);
  const { workloads, unseen, problems } = read(rollout(`{template: ${template("api")}}`));
  assert.deepEqual(problems, []);
  assert.deepEqual(unseen, []);
  assert.deepEqual(
    workloads.map(({ kind, endpoint }) => [kind, endpoint.id, endpoint.labels]),
    [["Rollout", "shop/x", { app: "api" }]],
  );
  assert.equal(accused(rollout(`{template: ${template("api")}}`), policy("api")), 0);
  const referring = rollout("{workloadRef: {apiVersion: apps/v1, kind: Deployment, name: x}}");
  const both = read(deployment, referring);
  assert.deepEqual([both.problems, both.unseen, both.workloads.map(({ kind }) => kind)], [[], [], ["Deployment"]]);
  assert.deepEqual(
    read(referring).unseen.map(({ object, detail, pods }) => [object, detail, pods]),
    [["Rollout shop/x", "Deployment x", ["shop"]]],
  );
});

test("pods of a Rollout's ReplicaSet that is not given represent the Rollout", () => {
  const { workloads } = read(
    "{apiVersion: v1, kind: Pod, metadata: {name: api-5d4-x, namespace: shop, labels: {rollouts-pod-template-hash: 5d4}, ownerReferences: [{kind: ReplicaSet, name: api-5d4, controller: true}]}, spec: {containers: []}}",
  );
  assert.deepEqual(
    workloads.map(({ endpoint }) => endpoint.id),
    ["shop/api"],
  );
});
