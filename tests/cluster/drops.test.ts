import assert from "node:assert/strict";
import { test } from "node:test";
import type { Drop } from "../../lib/cluster";
import { parseAgentState } from "../../lib/cluster/agent-state";
import { Lines } from "../../lib/cluster/client/lines";
import { DropGatherer } from "../../lib/cluster/drops/gather";
import { dropOfFlow } from "../../lib/cluster/drops/hubble";
import { dropOfMonitor } from "../../lib/cluster/drops/monitor";
import { recorded, recordedText } from "./recordings";

const lines = (file: string) => recordedText(file).split("\n").filter(Boolean);
const found = (drops: (Drop | undefined)[]) => drops.filter((drop) => drop !== undefined);

test("hubble: a denied packet that is reported twice is one drop with pods, port and direction", () => {
  const drops = found(lines("hubble.jsonl").map((line) => dropOfFlow(line, "node")));
  assert.equal(drops.length, 3);
  const gatherer = new DropGatherer();
  for (const drop of drops) gatherer.add(drop);
  const [denied, other, ...more] = gatherer.drops;
  assert.deepEqual(more, []);
  assert.match(denied?.from.pod?.name ?? "", /^client-/);
  assert.match(denied?.to.pod?.name ?? "", /^podinfo-/);
  const { protocol, port, reason, byPolicy, direction, node } = denied ?? {};
  assert.deepEqual(
    { protocol, port, reason, byPolicy, direction, node },
    {
      protocol: "TCP",
      port: 9797,
      reason: "Policy denied",
      byPolicy: true,
      direction: "egress",
      node: "meshfence-control-plane",
    },
  );
  assert.equal(other?.byPolicy, false);
});

test("hubble: names a policy with a deny rule, whichever of the two events comes first", () => {
  const events = lines("hubble-deny.jsonl");
  for (const order of [events, [...events].reverse()]) {
    const gatherer = new DropGatherer();
    for (const drop of found(order.map((line) => dropOfFlow(line, "n")))) gatherer.add(drop);
    assert.equal(gatherer.drops.length, 1);
    assert.equal(gatherer.drops[0]?.reason, "Policy denied by denylist");
    assert.deepEqual(gatherer.drops[0]?.policies, [
      { kind: "CiliumNetworkPolicy", namespace: "live-lab", name: "no-dns" },
    ]);
  }
});

test("monitor: resolves addresses to pods, and names the side that denied", () => {
  const { ciliumEndpoints } = recorded("sandbox");
  const [podinfo] = ciliumEndpoints.filter(({ metadata }) => metadata.name.startsWith("podinfo"));
  const [addressing] = podinfo?.status?.networking?.addressing ?? [];
  const texts = lines("monitor.jsonl").map((line) => line.replaceAll("10.244.0.238", addressing?.ipv4 ?? ""));
  const drops = found(texts.map((line) => dropOfMonitor(line, "node", ciliumEndpoints, 5)));
  const denied = drops.filter(({ byPolicy }) => byPolicy);
  assert.ok(denied.length > 0 && denied.length < drops.length);
  const [first] = denied;
  assert.deepEqual(first?.to.pod, { namespace: "cilium-linkerd", name: podinfo?.metadata.name });
  assert.deepEqual([first?.protocol, first?.port, first?.direction, first?.at], ["TCP", 9898, "ingress", 5]);
});

test("ignores lines that are not drops or not JSON", () => {
  for (const line of ["", "Press Ctrl-C to quit", "{", '{"flow":{"verdict":"FORWARDED"}}', '{"lost_events":{}}']) {
    assert.equal(dropOfFlow(line, "n"), undefined);
    assert.equal(dropOfMonitor(line, "n", []), undefined);
  }
});

test("joins lines, however the stream is cut", async () => {
  const taken: string[] = [];
  const stream = new Lines((line) => taken.push(line));
  for (const part of ["on", "e\ntwo\nthr", "ee", "\n"]) stream.write(part);
  await new Promise<void>((resolve) => stream.end(resolve));
  assert.deepEqual(taken, ["one", "two", "three"]);
});

test("resolves the agent's endpoints to pods by their CiliumEndpoints, and refuses text of another form", () => {
  const { ciliumEndpoints } = recorded("sandbox");
  const [one] = ciliumEndpoints;
  const { id, networking } = one?.status ?? {};
  const agent = { node: "n", pod: "cilium-x", address: networking?.node ?? "" };
  const state = parseAgentState(`5\n${id}\tready\t77\t4\n9999\tready\t1\t5\n`, agent, ciliumEndpoints);
  const pod = `${one?.metadata.namespace}/${one?.metadata.name}`;
  assert.deepEqual(state, {
    node: "n",
    pod: "cilium-x",
    policyRevision: 5,
    endpoints: [
      { id, pod, state: "ready", identity: 77, policyRevision: 4 },
      { id: 9999, state: "ready", identity: 1, policyRevision: 5 },
    ],
  });
  assert.equal(parseAgentState("Error: cannot connect", agent, []), undefined);
  assert.equal(parseAgentState("5\nnonsense", agent, []), undefined);
});
