import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterError } from "../../lib/cluster";
import { sandboxPolicies } from "../../lib/components/sandbox/edges";
import { TransportMode } from "../../lib/scenario/transport-mode";
import type { EdgeReport } from "../../lib/verify/report";
import { run, sandbox } from "./sandbox";

const find = (edges: readonly EdgeReport[], from: string, to: string, port: number): EdgeReport => {
  const edge = edges.find((one) => one.from.endsWith(from) && one.to.endsWith(to) && one.port === port);
  assert.ok(edge, `${from} -> ${to} ${port}`);
  return edge;
};
const timedOut = {
  stdout: "status=000 connect=0.000000 total=2.0 exit=28",
  stderr: "",
  exitCode: 28,
  truncated: false,
};
const states = (edges: readonly EdgeReport[]) => [...new Set(edges.map(({ agreement }) => agreement))];

test("a sandbox that enforces its policies agrees on every edge", async () => {
  const fake = sandbox();
  const edges = await run(fake);
  assert.deepEqual(states(edges), ["agrees"]);
  const api = find(edges, "/client", "/podinfo", 9898);
  assert.equal(api.observed, "reachable");
  assert.equal(api.mtls?.state, "proven");
  assert.match(api.mtls.how, /counted a request from default\.cilium-linkerd\.serviceaccount/);
  const metrics = find(edges, "/client", "/podinfo", 9797);
  assert.equal(metrics.observed, "denied");
  assert.match(metrics.how.join("; "), /504 from the client's proxy.*Cilium dropped it: Policy denied at egress/);
  assert.deepEqual(metrics.stoppedBy, {
    by: "cilium-linkerd/podinfo-ingress allows no such ingress; cilium-linkerd/client-egress allows no such egress",
    source: "predicted",
  });
  assert.equal(find(edges, "/client", "outside", 9898).observed, "denied");
  assert.equal(find(edges, "stranger", "outside", 9898).observed, "reachable");
  assert.equal(find(edges, "stranger", "/podinfo", 4191).observed, "denied");
  assert.equal(find(edges, "/client", "/coredns", 53).how[0], "DNS answered 10.96.0.1");
});

test("in transport-header mode, prediction and probes agree with the measurements", async () => {
  const mode = TransportMode.TransportHeader;
  const narrow = await run(sandbox({ mode, policies: sandboxPolicies(TransportMode.Transparent) }));
  assert.equal(
    find(narrow, "/client", "/podinfo", 9898).predicted,
    "denied",
    "9898 alone admits nothing: the packet goes to 4143",
  );
  const wide = await run(sandbox({ mode }));
  for (const port of [9898, 9797, 9999]) {
    const edge = find(wide, "/client", "/podinfo", port);
    assert.equal(edge.observed, "reachable", "4143 admits every port");
    assert.equal(edge.mtls?.state, "proven");
  }
  assert.deepEqual([states(narrow), states(wide)], [["agrees"], ["agrees"]]);
});

test("reports the edges that a missing policy opens", async () => {
  const [egress, ingress] = sandboxPolicies(TransportMode.Transparent);
  assert.ok(egress && ingress);
  for (const policies of [[egress], [ingress], []]) {
    const edges = await run(sandbox({ policies, believed: [egress, ingress] }));
    const wrong = edges.filter(({ agreement }) => agreement === "disagrees");
    assert.ok(wrong.length > 0, "something was predicted to be denied and is not");
    for (const { predicted, observed } of wrong) assert.deepEqual([predicted, observed], ["denied", "reachable"]);
  }
});

test("reports the edges that an unknown policy closes", async () => {
  const edges = await run(sandbox({ believed: [] }));
  const api = find(edges, "/client", "/podinfo", 9797);
  assert.deepEqual([api.predicted, api.observed, api.agreement], ["allowed", "denied", "disagrees"]);
});

test("without drops, a denial needs working controls, and cites them", async () => {
  const fake = sandbox();
  fake.cluster.tellsDrops = false;
  const edges = await run(fake);
  assert.deepEqual(states(edges), ["agrees"]);
  assert.match(
    find(edges, "/client", "/podinfo", 9797).how.join("; "),
    /reached cilium-linkerd\/podinfo TCP 9898 before and after; the target answers itself/,
  );
});

test("a client that reaches nothing proves nothing, unless Cilium reports the drops", async () => {
  for (const tellsDrops of [false, true]) {
    const fake = sandbox();
    fake.cluster.tellsDrops = tellsDrops;
    fake.cluster.fault = ({ pod, verdict }) =>
      pod.startsWith("control-1/") && verdict?.allowed === true ? timedOut : undefined;
    const edge = find(await run(fake), "stranger", "/podinfo", 9898);
    assert.equal(edge.observed, tellsDrops ? "denied" : "inconclusive");
    if (!tellsDrops) assert.match(edge.how.join("; "), /no working control for the client: nothing that it may reach/);
  }
});

test("a control that works before and not after is no control", async () => {
  const fake = sandbox();
  fake.cluster.tellsDrops = false;
  let deniedSeen = false;
  fake.cluster.fault = ({ pod, command, verdict }) => {
    if (verdict?.allowed === false && pod.startsWith("control-1/")) deniedSeen = true;
    if (!deniedSeen || !pod.startsWith("control-1/") || command[0] !== "curl" || verdict?.allowed !== true)
      return undefined;
    return timedOut;
  };
  const edge = find(await run(fake), "stranger", "/podinfo", 9898);
  assert.equal(edge.observed, "inconclusive");
  assert.match(edge.how.join("; "), /before, but not after: no answer in 2\.0 s/);
});

test("a target that does not even answer itself may just be down", async () => {
  const fake = sandbox();
  fake.cluster.tellsDrops = false;
  fake.cluster.fault = ({ pod, verdict }) => {
    if (pod.startsWith("podinfo-1/") && verdict === undefined) return new ClusterError("gone", "pod podinfo-1 is gone");
    return verdict?.to.endsWith("/podinfo") ? timedOut : undefined;
  };
  const edge = find(await run(fake), "stranger", "/podinfo", 9898);
  assert.equal(edge.observed, "inconclusive");
  assert.match(
    edge.how.join("; "),
    /no working control for the target: it did not answer itself: pod podinfo-1 is gone/,
  );
});

test("an answered meshed request in plain text does not agree", async () => {
  const fake = sandbox();
  fake.cluster.plainText = true;
  const edge = find(await run(fake), "/client", "/podinfo", 9898);
  assert.deepEqual([edge.observed, edge.mtls?.state, edge.agreement], ["reachable", "plain text", "disagrees"]);
});

test("without metrics, mTLS is not proven, unless it is not requested", async () => {
  const fake = sandbox();
  fake.cluster.proxyMetrics = async () => {
    throw new ClusterError("forbidden", "you may not create pods/portforward");
  };
  const edge = find(await run(fake), "/client", "/podinfo", 9898);
  assert.deepEqual([edge.mtls?.state, edge.agreement], ["not proven", "inconclusive"]);
  assert.match(edge.mtls?.how ?? "", /pods\/portforward/);
  const unasked = find(await run(fake, { mtls: false }), "/client", "/podinfo", 9898);
  assert.deepEqual([unasked.mtls, unasked.agreement], [undefined, "agrees"]);
});

test("a closed port outside the fence is reachable", async () => {
  const fake = sandbox();
  fake.cluster.closed.add("outside 9898");
  const edges = await run(fake);
  assert.equal(find(edges, "/podinfo", "outside", 9898).observed, "reachable");
  assert.equal(find(edges, "stranger", "outside", 9898).observed, "reachable");
  assert.deepEqual(states(edges), ["agrees"]);
});

test("a pod without curl gets one probe container", async () => {
  const fake = sandbox();
  fake.cluster.fault = ({ pod, command }) =>
    pod === "client-1/client" ? new ClusterError("noShell", `the container has no ${command[0]}`) : undefined;
  const edges = await run(fake, { probeImage: "podinfo" });
  assert.deepEqual(fake.cluster.added, ["client-1"]);
  assert.equal(find(edges, "/client", "/podinfo", 9898).agreement, "agrees");
  const without = find(await run(fake), "/client", "/podinfo", 9898);
  assert.equal(without.agreement, "inconclusive");
  assert.match(without.how.join("; "), /container client of client-1 has no curl, and no probe container may be added/);
});

test("a cluster that disappears ends the run with its error, and all probes", async () => {
  const fake = sandbox();
  let asked = 0;
  fake.cluster.fault = () => (++asked > 4 ? new ClusterError("unreachable", "connection refused") : undefined);
  await assert.rejects(run(fake), { name: "ClusterError", kind: "unreachable" });
  const after = fake.cluster.execs.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(fake.cluster.execs.length, after);
});

test("missing permission ends the run with the RBAC rule", async () => {
  const fake = sandbox();
  const rule = { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"], namespace: "cilium-linkerd" };
  fake.cluster.fault = () => new ClusterError("forbidden", "you may not exec", { rule });
  await assert.rejects(run(fake), /resources: \["pods\/exec"\]/);
});

test("an interruption ends the run", async () => {
  const fake = sandbox();
  const controller = new AbortController();
  fake.cluster.fault = () => {
    controller.abort(new ClusterError("interrupted", "interrupted"));
    return undefined;
  };
  await assert.rejects(run(fake, { signal: controller.signal }), { kind: "interrupted" });
  assert.ok(fake.cluster.execs.length <= 8, `${fake.cluster.execs.length} commands were begun`);
});

test("runs no more commands at once than allowed", async () => {
  const fake = sandbox();
  await run(fake, { parallel: 3 });
  assert.equal(fake.cluster.mostAtOnce, 3);
});
