import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

interface Pod {
  owner?: string;
  labels?: Record<string, string>;
  phase?: string;
  containers?: string[];
  account?: string;
}

const namespace = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", annotations: { "linkerd.io/inject": "enabled" } },
};

function pod(
  name: string,
  { owner, labels = { app: "api" }, phase = "Running", containers = ["c"], account }: Pod = {},
) {
  const [kind, of] = owner?.split("/") ?? [];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      labels,
      ...(owner !== undefined && { ownerReferences: [{ kind, name: of, controller: true }] }),
    },
    spec: {
      containers: containers.map((container) => ({ name: container, ports: [{ containerPort: 8080 }] })),
      ...(account !== undefined && { serviceAccountName: account }),
    },
    status: { phase },
  };
}

/** The id, with a star if there are several pods. */
function workloads(...objects: object[]): string[] {
  const read = (list: object[]) => {
    const text = list.map((object) => JSON.stringify(object)).join("\n---\n");
    const { workloads: found, problems } = readManifests([{ file: "a.yaml", text }]);
    assert.deepEqual(problems, []);
    return found.map(({ endpoint: { id, several, mesh } }) =>
      [id, ...(several === true ? ["*"] : []), ...(mesh?.injected === true ? ["mesh"] : [])].join(" "),
    );
  };
  assert.deepEqual(read([...objects].reverse()), read(objects), "in whatever order they come");
  return read(objects);
}

const version = (name: string, hash: string, of: string): object =>
  pod(name, { owner: `ReplicaSet/api-${hash}`, labels: { app: "api", version: of, "pod-template-hash": hash } });

test("an owner's pods are separate endpoints if policies or Linkerd can tell them apart", () => {
  assert.deepEqual(workloads(version("a", "1", "v1"), version("b", "2", "v2"), version("c", "2", "v2")), [
    "shop/api *",
    "shop/api with version=v1",
  ]);
  assert.deepEqual(
    workloads(version("a", "1", "v1"), version("b", "2", "v1")),
    ["shop/api *"],
    "a rollout of the same",
  );
  const set = { owner: "StatefulSet/db" };
  const ofSet = (index: string) => ({ app: "db", "statefulset.kubernetes.io/pod-name": `db-${index}` });
  assert.deepEqual(
    workloads(pod("db-0", { ...set, labels: ofSet("0") }), pod("db-1", { ...set, labels: ofSet("1") })),
    ["shop/db *"],
  );
  assert.deepEqual(workloads(pod("db-0", set), pod("db-1", { ...set, account: "admin" })), [
    "shop/db",
    "shop/db as default",
  ]);
});

test("a running pod is meshed if it has a proxy, whatever its namespace is set to now", () => {
  const owner = "StatefulSet/web";
  const old = pod("web-1", { owner });
  const fresh = pod("web-0", { owner, containers: ["c", "linkerd-proxy"] });
  assert.deepEqual(workloads(namespace, fresh, old), ["shop/web", "shop/web meshed mesh"]);
  const set = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      template: {
        metadata: { labels: { app: "api" } },
        spec: { containers: [{ name: "c", ports: [{ containerPort: 8080 }] }] },
      },
    },
  };
  assert.deepEqual(workloads(namespace, set, fresh), ["shop/web mesh"], "as its template says");
  assert.deepEqual(workloads(namespace, set, fresh, old), ["shop/web mesh", "shop/web unmeshed"]);
});

test("finished pods are ignored, and the runs of a CronJob are the CronJob", () => {
  const run = (minute: number, phase = "Running") =>
    pod(`report-${minute}-x`, {
      owner: `Job/report-${minute}`,
      labels: { app: "report", "job-name": `report-${minute}`, "batch.kubernetes.io/controller-uid": `${minute}` },
      phase,
    });
  assert.deepEqual(workloads(run(29927794), run(29927795)), ["shop/report *"]);
  assert.deepEqual(workloads(run(29927794, "Succeeded"), run(29927795)), ["shop/report"]);
  assert.deepEqual(workloads(run(29927794, "Succeeded"), pod("a", { phase: "Failed" })), []);
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "migrate", namespace: "shop" },
    spec: { template: { spec: { containers: [{ name: "c" }] } } },
  };
  assert.deepEqual(workloads(job, pod("migrate-x", { owner: "Job/migrate", phase: "Succeeded" })), ["shop/migrate"]);
  const done = { ...job, status: { conditions: [{ type: "Complete", status: "True" }] } };
  assert.deepEqual(workloads(done), []);
});

test("a workload with several replicas or an autoscaler has several pods", () => {
  const deployment = (replicas?: number) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { ...(replicas !== undefined && { replicas }), template: { spec: { containers: [{ name: "c" }] } } },
  });
  assert.deepEqual(workloads(deployment()), ["shop/web"]);
  assert.deepEqual(workloads(deployment(2)), ["shop/web *"]);
  const scaler = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 3 },
  };
  assert.deepEqual(workloads(deployment(), scaler), ["shop/web *"]);
});

test("an injected pod belongs to its Deployment, even if its ports are known only from linkerd-init's arguments", () => {
  const template = {
    metadata: { labels: { app: "web" }, annotations: { "linkerd.io/inject": "enabled" } },
    spec: { containers: [{ name: "c", ports: [{ containerPort: 8080 }] }] },
  };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { replicas: 1, template },
  };
  const injected = (ignored: string) => {
    const one = pod("web-1-a", {
      owner: "ReplicaSet/web-1",
      labels: { app: "web", "pod-template-hash": "1" },
      containers: ["c", "linkerd-proxy"],
    });
    const args = ["--inbound-ports-to-ignore", `4190,4191,${ignored}`, "--outbound-ports-to-ignore", ignored];
    return { ...one, spec: { ...one.spec, initContainers: [{ name: "linkerd-init", args }] } };
  };
  assert.deepEqual(workloads(deployment, injected("4567,4568")), ["shop/web mesh"]);
  // If the chart's values have changed since, the pod differs from what its template would create now.
  assert.deepEqual(workloads(deployment, injected("25")), ["shop/web mesh", "shop/web (2) mesh"]);
});

test("a static pod is a workload of its own, although its node owns it", () => {
  const onNode = { owner: "Node/node-1", labels: {} };
  assert.deepEqual(workloads(pod("etcd-node-1", onNode), pod("kube-scheduler-node-1", onNode)), [
    "shop/etcd-node-1",
    "shop/kube-scheduler-node-1",
  ]);
});
