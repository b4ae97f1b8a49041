import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { lint } from "../../../lib/lint";
import { compile } from "../../../lib/reachability";

const template = (app: string, annotations: object, labels: object = {}) => ({
  metadata: { labels: { app, ...labels }, annotations },
  spec: { containers: [{ name: app, ports: [{ containerPort: 80 }] }] },
});
const enabled = { "linkerd.io/inject": "enabled" };
const workload = (kind: string, name: string, { namespace = "shop", annotations = enabled, labels = {} } = {}) => ({
  apiVersion: kind.endsWith("Job") ? "batch/v1" : "apps/v1",
  kind,
  metadata: { name, namespace },
  spec:
    kind === "CronJob"
      ? { jobTemplate: { spec: { template: template(name, annotations, labels) } } }
      : { template: template(name, annotations, labels) },
});
const policy = (spec: object) => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumClusterwideNetworkPolicy",
  metadata: { name: "p" },
  spec,
});

function readAll(...items: object[]) {
  const read = readManifests([{ file: "a", text: JSON.stringify({ apiVersion: "v1", kind: "List", items }) }]);
  assert.deepEqual(read.problems, []);
  const policies = read.policies.map(({ manifest }) => manifest);
  return { read, policies, scenario: scenarioOf(read, policies) };
}
const labelsOf = (...items: object[]) => readAll(...items).read.workloads.map(({ endpoint }) => endpoint.labels);

test("a meshed pod has the labels that the injector adds, by the kind of its workload", () => {
  const common = { "linkerd.io/control-plane-ns": "linkerd", "linkerd.io/workload-ns": "shop" };
  const none = { annotations: { "linkerd.io/inject": "disabled" } };
  assert.deepEqual(labelsOf(workload("Deployment", "web")), [
    { app: "web", ...common, "linkerd.io/proxy-deployment": "web" },
  ]);
  assert.deepEqual(labelsOf(workload("StatefulSet", "db")), [
    { app: "db", ...common, "linkerd.io/proxy-statefulset": "db" },
  ]);
  assert.deepEqual(labelsOf(workload("Deployment", "web", none)), [{ app: "web" }]);
});

test("a Job's pods have its name, a CronJob's pods one derived from it", () => {
  const none = { annotations: { "linkerd.io/inject": "disabled" } };
  assert.deepEqual(labelsOf(workload("Job", "load", none)), [
    { app: "load", "job-name": "load", "batch.kubernetes.io/job-name": "load" },
  ]);
  assert.deepEqual(labelsOf(workload("CronJob", "load", none)), [
    { app: "load", "job-name": "load-0", "batch.kubernetes.io/job-name": "load-0" },
  ]);
});

test("policies select by these labels, as subject and as peer", () => {
  const deny = { ingress: [{ fromEntities: ["none"] }] };
  const by = (matchLabels: object) => policy({ endpointSelector: { matchLabels }, ...deny });
  for (const labels of [
    { "linkerd.io/control-plane-ns": "linkerd" },
    { "linkerd.io/proxy-deployment": "web" },
    { "linkerd.io/workload-ns": "shop" },
  ]) {
    const { policies, scenario } = readAll(workload("Deployment", "web"), by(labels));
    const verdict = compile(policies, scenario).verdict({ from: "world", to: "shop/web", proto: "TCP", port: 80 });
    assert.equal(verdict.ingress, "denied", JSON.stringify(labels));
  }
  const meshedOnly = policy({
    endpointSelector: { matchLabels: { app: "db" } },
    ingress: [{ fromEndpoints: [{ matchExpressions: [{ key: "linkerd.io/control-plane-ns", operator: "Exists" }] }] }],
  });
  const { policies, scenario } = readAll(
    workload("Deployment", "web"),
    workload("Deployment", "old", { annotations: { "linkerd.io/inject": "disabled" } }),
    workload("StatefulSet", "db"),
    meshedOnly,
  );
  const verdict = (from: string) =>
    compile(policies, scenario).verdict({ from, to: "shop/db", proto: "TCP", port: 80 });
  assert.deepEqual([verdict("shop/web").allowed, verdict("shop/old").allowed], [true, false]);
  assert.ok(!lint(policies, scenario).some(({ rule }) => rule === "selects-nothing"));
});

test("a pod that the injector skips is not meshed, whatever it asks for", () => {
  const exempt = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "nomesh", labels: { "config.linkerd.io/admission-webhooks": "disabled" }, annotations: enabled },
  };
  const { read, policies, scenario } = readAll(
    exempt,
    workload("Deployment", "web"),
    workload("Deployment", "off", { namespace: "nomesh", annotations: {} as typeof enabled }),
    workload("DaemonSet", "ks", { namespace: "kube-system" }),
    workload("Deployment", "cm", { namespace: "cert-manager" }),
    workload("Deployment", "cni", { labels: { "linkerd.io/cni-resource": "true" } }),
    policy({ endpointSelector: {}, ingress: [{ fromEntities: ["cluster"] }] }),
  );
  const of = new Map(read.workloads.map(({ endpoint }) => [endpoint.id, endpoint]));
  const reachability = compile(policies, scenario);
  for (const id of ["nomesh/off", "kube-system/ks", "cert-manager/cm", "shop/cni"]) {
    assert.equal(of.get(id)?.mesh?.injected, false, id);
    assert.equal(of.get(id)?.labels["linkerd.io/control-plane-ns"], undefined, id);
    const { wire } = reachability.verdict({ from: "shop/web", to: id, proto: "TCP", port: 80 });
    assert.deepEqual(wire, { port: 80, mtls: false }, id);
  }
  assert.equal(of.get("shop/web")?.mesh?.injected, true);
  const found = lint(policies, scenario).filter(({ rule }) => rule === "never-injected");
  assert.deepEqual(
    found.map(({ message }) => message.split(" ", 1)[0]),
    ["cert-manager/cm", "kube-system/ks", "nomesh/off", "shop/cni"],
  );
});
