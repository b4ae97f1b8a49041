import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterError, factsOf, type Snapshot, standInOwner } from "../../lib/cluster";
import type { JobObject, PodObject } from "../../lib/cluster/objects";
import { dryRunText } from "../../lib/report/verify/dry-run";
import { fingerprint } from "../../lib/report/verify/watch";
import type { PredictedPort } from "../../lib/verify/controller";
import { Proof } from "../../lib/verify/proof";
import { standInsFor } from "../../lib/verify/strangers/stand-ins";
import { recorded } from "../cluster/recordings";
import { namespaces, recordedSandbox, request } from "./recorded-sandbox";

const [namespace = ""] = namespaces;
const report = `${namespace}/report`;

/** A CronJob with the labels of the client, which may reach podinfo. */
function cronJob(labels: object = { app: "client" }, more: object = {}): JobObject {
  const template = { metadata: { labels }, spec: { serviceAccountName: "reporter", containers: [], ...more } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "report", namespace },
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template } } },
  };
}

/** A pod of the run at a given minute, as the Job controller and the injector create it. */
function run({ pods }: Snapshot, minute: number, labels: object = {}): PodObject {
  const client = pods.find(({ metadata }) => metadata.name.startsWith("client-"));
  assert.ok(client);
  const job = `report-${minute}`;
  return {
    ...client,
    metadata: {
      ...client.metadata,
      name: `${job}-x2x4x`,
      labels: {
        ...{ app: "client", "linkerd.io/control-plane-ns": "linkerd", "linkerd.io/workload-ns": namespace },
        ...{ "batch.kubernetes.io/controller-uid": "u", "batch.kubernetes.io/job-name": job },
        ...{ "controller-uid": "u", "job-name": job },
        ...labels,
      },
      ownerReferences: [{ kind: "Job", name: job, controller: true }],
    },
    spec: { ...client.spec, serviceAccountName: "reporter", containers: [{ name: "report" }] },
    status: {
      ...client.status,
      podIP: "10.244.0.99",
      containerStatuses: [{ name: "report", ready: true, state: { running: {} } }],
    },
  };
}

const withJobs =
  (...jobs: JobObject[]) =>
  (snapshot: Snapshot) => ({ ...snapshot, jobs });

test("probes on behalf of a CronJob from a pod of our own, between runs and while one ends", async () => {
  for (const running of [false, true]) {
    const cluster = recordedSandbox((snapshot) => ({
      ...withJobs(cronJob())(snapshot),
      pods: [...snapshot.pods, ...(running ? [run(snapshot, 29927794)] : [])],
    }));
    cluster.fault = ({ pod }) => (pod.startsWith("report-") ? new ClusterError("gone", "the pod ended") : undefined);
    const proof = await Proof.open(cluster, request().given);
    const { edges, notes } = await proof.run();
    await proof.close();
    const own = edges.filter(({ from }) => from === report);
    assert.deepEqual([...new Set(own.map(({ agreement }) => agreement))], ["agrees"]);
    const reached = own.filter(({ observed }) => observed === "reachable").map(({ to, port }) => `${to} ${port}`);
    assert.ok(reached.includes(`${namespace}/podinfo 9898`), reached.join());
    assert.ok(own.some(({ observed, port }) => observed === "denied" && port === 9797));
    assert.ok(edges.every(({ from, to }) => ![from, to].some((id) => /report-|meshfence-report/.test(id))));
    const words = new RegExp(`^${report} \\(CronJob\\) was asked from pod meshfence-report-1, made on its behalf`);
    assert.equal(notes.filter(({ text }) => words.test(text)).length, 1);
    assert.deepEqual(cluster.removed, [`${namespace}/meshfence-report-1`, "meshfence-verify-test"]);
  }
});

/** A pod on behalf of a CronJob, as the API server lists it. */
function ours(snapshot: Snapshot, name = "meshfence-report-1"): PodObject {
  const made = run(snapshot, 1);
  return {
    ...made,
    metadata: { ...made.metadata, name, ownerReferences: [{ kind: standInOwner, name: "n", controller: true }] },
  };
}

test("compares the policy controller's answer about our own pod's port, too", async () => {
  const cluster = recordedSandbox(withJobs(cronJob()));
  const read = cluster.read.bind(cluster);
  cluster.read = async (...args) => {
    const snapshot = await read(...args);
    return { ...snapshot, pods: [...snapshot.pods, ...(cluster.onBehalf.length > 0 ? [ours(snapshot)] : [])] };
  };
  const asked: PredictedPort[] = [];
  cluster.inboundPolicies = async (_, ports) => {
    asked.push(...(ports as PredictedPort[]));
    return { controller: { namespace: "linkerd", name: "a" }, answers: ports.map(() => "not compared here") };
  };
  const proof = await Proof.open(cluster, request().given);
  await proof.run();
  await proof.close();
  const [port] = asked.filter(({ to }) => to === report);
  assert.equal(port?.pod.name, "meshfence-report-1");
  assert.ok(Array.isArray(port?.predicted), String(port?.predicted));
});

test("removes the pod before the namespace that owns it, or with it if not permitted", async () => {
  const cluster = recordedSandbox(withJobs(cronJob()));
  const proof = await Proof.open(cluster, request().given);
  assert.deepEqual(await proof.close(), []);
  assert.deepEqual(cluster.removed, [`${namespace}/meshfence-report-1`, "meshfence-verify-test"]);
  const refused = recordedSandbox(withJobs(cronJob()));
  refused.removeStandIn = async () => {
    throw new ClusterError("forbidden", "you may not delete pods");
  };
  const other = await Proof.open(refused, request().given);
  assert.deepEqual([await other.close(), refused.removed], [[], ["meshfence-verify-test"]]);
});

test("the pod has the identity of the Job's pods, and nothing that makes the Job's controller adopt it", () => {
  const job = { ...cronJob(), kind: "Job", spec: { template: { metadata: { labels: { app: "x" } }, spec: {} } } };
  const annotated = {
    "linkerd.io/inject": "enabled",
    "config.linkerd.io/skip-outbound-ports": "25",
    "team.example/x": "y",
  };
  const template = { metadata: { labels: { app: "x" }, annotations: annotated }, spec: { containers: [] } };
  const snapshot = recorded("sandbox");
  const wanted = (jobs: JobObject[], pods = snapshot.pods) =>
    standInsFor(factsOf({ ...snapshot, jobs, pods }), namespaces);
  assert.deepEqual(wanted([cronJob()]), [
    {
      ...{ id: report, kind: "CronJob", name: "report", namespace, serviceAccount: "reporter", annotations: {} },
      labels: { app: "client", "batch.kubernetes.io/job-name": "report-0", "job-name": "report-0" },
    },
  ]);
  const [one] = wanted([{ ...job, spec: { template } }]);
  assert.deepEqual(one?.labels, {
    ...{ app: "x", "batch.kubernetes.io/job-name": "report", "job-name": "report" },
    "linkerd.io/proxy-job": "report",
  });
  assert.deepEqual(one?.annotations, { "linkerd.io/inject": "enabled", "config.linkerd.io/skip-outbound-ports": "25" });
  // Without permission to read Jobs, a pod of a run gives the same result.
  const [unread] = wanted([], [...snapshot.pods, run(snapshot, 29927794)]);
  assert.deepEqual(unread?.labels, {
    app: "client",
    "batch.kubernetes.io/job-name": "report-0",
    "job-name": "report-0",
  });
  const done = { ...job, status: { conditions: [{ type: "Complete", status: "True" }] } };
  assert.deepEqual(wanted([done]), [], "one that has ended asks nobody any more");
  assert.deepEqual(wanted([cronJob({}, { hostNetwork: true })]), [], "it would be as its node");
});

test("runs of one CronJob are one workload; a run of an older template is reported as left out", async () => {
  const snapshot = recorded("sandbox");
  const pods = [
    ...snapshot.pods,
    run(snapshot, 29927794),
    run(snapshot, 29927795),
    run(snapshot, 29927793, { app: "old" }),
  ];
  const own = ({ workloads }: ReturnType<typeof factsOf>) =>
    workloads.filter(({ kind }) => kind === "CronJob").map(({ id, pods }) => [id, pods.length]);
  const older = `${namespace}/report-29927793-x2x4x`;
  assert.deepEqual(own(factsOf({ ...snapshot, pods })), [
    [report, 2],
    [older, 1],
  ]);
  assert.deepEqual(own(factsOf({ ...snapshot, pods, jobs: [cronJob()] })), [
    [report, 2],
    [older, 1],
  ]);
  const cluster = recordedSandbox((before) => ({ ...before, pods, jobs: [cronJob()] }));
  const proof = await Proof.open(cluster, request().given);
  const { edges, notes } = await proof.run();
  await proof.close();
  assert.ok(edges.every(({ from, to }) => from !== older && to !== older));
  assert.ok(
    notes.some(({ text }) => text.startsWith(`${older}: left out`)),
    JSON.stringify(notes),
  );
});

test("without permission to create the pod, says so with the RBAC rule and probes from the Job's own pods", async () => {
  const cluster = recordedSandbox((snapshot) => ({
    ...withJobs(cronJob())(snapshot),
    pods: [...snapshot.pods, run(snapshot, 29927794)],
  }));
  const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get", "create"], namespace };
  cluster.createStandIn = async () => {
    throw new ClusterError("forbidden", "you may not make pods", { rule });
  };
  const proof = await Proof.open(cluster, request().given);
  const { edges, notes } = await proof.run();
  await proof.close();
  const [note] = notes.filter(({ text }) => text.startsWith(report));
  assert.match(note?.text ?? "", /probed only from runs of its own.*you may not make pods/);
  assert.deepEqual(note?.rules, [rule]);
  assert.ok(edges.some(({ from }) => from === report));
});

test("--watch replaces the pod after a template change, and does not report our own pods", async () => {
  let jobs = [cronJob()];
  const cluster = recordedSandbox();
  const read = cluster.read.bind(cluster);
  cluster.read = async (...args) => ({ ...(await read(...args)), jobs });
  const proof = await Proof.open(cluster, request().given);
  await proof.run();
  await proof.run();
  assert.equal(cluster.onBehalf.length, 1);
  jobs = [cronJob({ app: "other" })];
  await proof.run();
  await proof.close();
  assert.deepEqual(
    cluster.onBehalf.map(({ labels }) => labels.app),
    ["client", "other"],
  );
  const snapshot = { ...recorded("sandbox"), scope: { namespaces } };
  assert.deepEqual(fingerprint({ ...snapshot, pods: [...snapshot.pods, ours(snapshot)] }), fingerprint(snapshot));
});

test("a dry run says on whose behalf it would create pods, and which permission that needs", async () => {
  const cluster = recordedSandbox(withJobs(cronJob()));
  cluster.denied = async (rules) =>
    rules.filter(({ resources, verbs, namespace: own }) => resources[0] === "pods" && verbs.includes("create") && own);
  const text = await dryRunText(cluster, { ...request().given, probesOutside: false });
  assert.match(text, new RegExp(`Would create a pod on behalf of ${report} \\(CronJob\\), in its namespace`));
  assert.match(text, new RegExp(`add to a Role of yours in namespace ${namespace}:[^R]*"pods"[^R]*"create"`));
  assert.match(text, new RegExp(`${report}\n[^]*${namespace}/podinfo TCP 9898: allowed`));
  assert.deepEqual(cluster.onBehalf, []);
});
