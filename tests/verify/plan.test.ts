import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../lib/reachability";
import { planProof } from "../../lib/verify/plan-proof";
import { edgeKey } from "../../lib/verify/probe";
import { strangersFor } from "../../lib/verify/strangers/stranger";
import { facts, workload } from "./fake-cluster";
import { client, podinfo, sandbox } from "./sandbox";

const keys = ({ work }: ReturnType<typeof sandbox>) => work.plan.probes.map(({ key }) => key);

test("controls come first", () => {
  const order = sandbox().work.plan.probes.map(({ predicted }) => predicted);
  assert.ok(order.includes("allowed") && order.includes("denied"));
  assert.ok(order.lastIndexOf("allowed") < order.indexOf("denied"));
});

test("covers allowed and denied ports of one pod, both directions, another namespace, DNS and the outside", () => {
  const asked = keys(sandbox());
  for (const key of [
    "cilium-linkerd/client -> cilium-linkerd/podinfo TCP 9898",
    "cilium-linkerd/client -> cilium-linkerd/podinfo TCP 9797",
    "cilium-linkerd/podinfo -> cilium-linkerd/client TCP 9999",
    "stranger -> cilium-linkerd/podinfo TCP 9898",
    "stranger -> cilium-linkerd/podinfo TCP 4191",
    "cilium-linkerd/client -> stranger TCP 9898",
    "cilium-linkerd/client -> outside TCP 9898",
    "stranger -> outside TCP 9898",
    "cilium-linkerd/client -> kube-system/coredns UDP 53",
  ]) {
    assert.ok(asked.includes(key), key);
  }
  assert.equal(new Set(asked).size, asked.length, "nothing is asked twice");
});

test("a limit drops denied edges first, from each target in turn, and says how many", () => {
  const all = sandbox().work.plan;
  const allowed = all.probes.filter(({ predicted }) => predicted === "allowed").length;
  const { probes, overLimit } = sandbox({ plan: { limit: allowed + 3 } }).work.plan;
  assert.equal(probes.length, allowed + 3);
  assert.equal(overLimit, all.probes.length - allowed - 3);
  assert.equal(new Set(probes.slice(allowed).map(({ target }) => target.id)).size, 3);
});

test("says that protocols without a handshake and nodes as clients are not probed, and why", () => {
  const udp = workload("cilium-linkerd/udp", "10.0.0.3");
  const server = { ...udp, endpoint: { ...udp.endpoint, ports: [{ port: 5000, protocol: "UDP" }] } };
  const known = facts([], [client, server], { endpoints: [{ id: "host", reserved: ["host"] }] });
  const { plan } = planProof({ facts: known, namespaces: ["cilium-linkerd"], strangers: [], limit: 200 });
  const found = plan.notProbed.find((edge) => edgeKey(edge) === "cilium-linkerd/client -> cilium-linkerd/udp UDP 5000");
  assert.match(found?.why ?? "", /UDP has no handshake/);
});

test("lists viz, which a policy admits but which cannot be probed from", () => {
  const prometheus = workload("linkerd-viz/prometheus", "10.0.0.9", { meshed: true });
  const { facts: known } = sandbox();
  const withViz = facts(known.policies, [client, podinfo, prometheus], {
    mesh: known.scenario.mesh ?? {},
  });
  const { plan } = planProof({ facts: withViz, namespaces: ["cilium-linkerd"], strangers: [], limit: 200 });
  const listed = plan.notProbed.map(edgeKey);
  assert.ok(listed.includes("linkerd-viz/prometheus -> cilium-linkerd/podinfo TCP 4191"));
  assert.ok(!listed.includes("linkerd-viz/prometheus -> cilium-linkerd/client TCP 4191"), "nothing guards the client");
});

test("leaves out workloads on the host network or without a ready pod, and says so", () => {
  const onNode = { ...client, hostNetwork: true };
  const down = { ...podinfo, pods: podinfo.pods.map((pod) => ({ ...pod, ready: false })) };
  const { plan, notes } = planProof({
    facts: facts([], [onNode, down]),
    namespaces: ["cilium-linkerd"],
    strangers: [],
    limit: 9,
  });
  assert.deepEqual(plan.probes, []);
  assert.deepEqual(
    notes.map(({ text }) => text),
    [
      "cilium-linkerd/client takes no part: it is on the host network, so its policy is the node's.",
      "cilium-linkerd/podinfo takes no part: none of its pods is ready.",
    ],
  );
});

test("strangers carry the labels that a policy admits, with and without a proxy", () => {
  const meshedClient = {
    ...client,
    endpoint: {
      ...client.endpoint,
      labels: { app: "client", "linkerd.io/workload-ns": "x", "linkerd.io/proxy-deployment": "client" },
    } as typeof client.endpoint,
  };
  const { policies, scenario } = facts(sandbox().facts.policies, [meshedClient, podinfo], {
    mesh: { transportMode: "transparent" },
  });
  const strangers = strangersFor(
    { workloads: [meshedClient, podinfo] },
    ["cilium-linkerd"],
    compile(policies, scenario),
  );
  assert.deepEqual(
    strangers.map(({ id, meshed, labels }) => ({ id, meshed, labels })),
    [
      { id: "stranger", meshed: false, labels: {} },
      { id: "stranger on the mesh", meshed: true, labels: {} },
      { id: "impostor of client", meshed: false, labels: { app: "client" } },
    ],
  );
  assert.equal(
    strangersFor({ workloads: [] }, ["x"], compile([], { endpoints: [] })).length,
    1,
    "no mesh, nobody to claim to be",
  );
});

test("without a server outside, every stranger still has a target it can reach", () => {
  const strangers = ["stranger", "impostor of client"].map((id) => ({ stranger: { id, meshed: false, labels: {} } }));
  const { plan } = planProof({ facts: sandbox().facts, namespaces: ["cilium-linkerd"], strangers, limit: 200 });
  for (const { stranger } of strangers) {
    assert.ok(
      plan.probes.some(
        ({ client: { id }, target, predicted }) => id === stranger.id && target.ours && predicted === "allowed",
      ),
    );
  }
});
