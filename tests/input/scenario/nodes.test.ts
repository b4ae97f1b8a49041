import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { withRepresentatives } from "../../../lib/input/scenario/representatives";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { compile } from "../../../lib/reachability";
import { diffReachability, edgesOf } from "../../../lib/reachability/diff";
import { portWords } from "../../../lib/reachability/words";

const policy = (spec: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: nodes}, spec: {${spec}}}`;

/** What a change opens to a node, as `from -> to proto port`. */
function opens(before: string, after: string, agent?: { hostFirewall: boolean }): string[] {
  const [was, is] = [before, after].map((text) => readManifests([{ file: "a.yaml", text }]));
  assert.ok(was !== undefined && is !== undefined);
  const policies = [was, is].flatMap((side) => side.policies.map(({ manifest }) => manifest));
  const [one, other] = [was, is].map((side) => {
    const { scenario } = withRepresentatives(scenarioOf(side, policies, { ...(agent && { agent }) }), policies);
    const own = side.policies.map(({ manifest }) => manifest);
    return { scenario, reachability: compile(own, scenario) };
  });
  assert.ok(one !== undefined && other !== undefined);
  return [...edgesOf(diffReachability(one, other).opened)].map(
    ({ from, to, ...port }) => `${from} -> ${to} ${portWords(port)}`,
  );
}

const cluster = "ingress: [{fromEntities: [cluster]}";

test("reports what opens nodes to the world, for every kind of node", () => {
  const ssh = `nodeSelector: {}, ${cluster}, {fromEntities: [world], toPorts: [{ports: [{port: "22", protocol: TCP}]}]}]`;
  const closed = policy(`nodeSelector: {}, ${cluster}]`);
  assert.deepEqual(opens(closed, policy(ssh)).sort(), [
    "world -> host TCP 22",
    "world -> kube-apiserver TCP 22",
    "world -> remote-node TCP 22",
  ]);
  assert.deepEqual(opens(closed, policy(ssh), { hostFirewall: false }), [], "nothing is in force");
});

test("each node selector gets a representative node, and the control plane has its label", () => {
  const spec = (selector: string, rule: string) => policy(`nodeSelector: {${selector}}, ${cluster}${rule}]`);
  const world = ', {fromEntities: [world], toPorts: [{ports: [{port: "6443", protocol: TCP}]}]}';
  const worker = "matchLabels: {type: worker}";
  assert.deepEqual(opens(spec(worker, ""), spec(worker, world)), ["world -> any node with type=worker TCP 6443"]);
  const role = 'matchExpressions: [{key: "node-role.kubernetes.io/control-plane", operator: Exists}]';
  assert.ok(opens(spec(role, ""), spec(role, world)).includes("world -> kube-apiserver TCP 6443"));
  const others = 'matchExpressions: [{key: "node-role.kubernetes.io/control-plane", operator: DoesNotExist}]';
  assert.deepEqual(opens(spec(others, ""), spec(others, world)).sort(), [
    "world -> host TCP 6443",
    "world -> remote-node TCP 6443",
  ]);
});
