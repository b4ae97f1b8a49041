import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { readScenario } from "../../../lib/input/manifests/scenario-file";
import { withRepresentatives } from "../../../lib/input/scenario/representatives";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { compile } from "../../../lib/reachability";
import { stateOf } from "../../../lib/reachability/verdict";

const pod = (name: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: x, labels: {app: ${name}}}, spec: {containers: [{name: c}]}}`;
const admitting = (peer: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: db, namespace: x}, spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [${peer}]}]}}`;

function told(peer: string) {
  const manifests = readManifests([{ file: "a.yaml", text: [pod("web"), pod("db"), admitting(peer)].join("\n---\n") }]);
  assert.deepEqual(manifests.problems, []);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  const reachability = compile(policies, scenarioOf(manifests, policies));
  const verdict = reachability.verdict({ from: "x/web", to: "x/db", proto: "TCP", port: 80 });
  return [stateOf(verdict), manifests.unseen.map(({ object, line }) => `${object}:${line}`).join()];
}

test("a selector that names a label under two sources is reported, since it is unclear whom it selects", () => {
  const unknown = ["unknown", "CiliumNetworkPolicy x/db:5"];
  assert.deepEqual(told('{matchLabels: {app: web, "k8s:app": api}}'), unknown);
  assert.deepEqual(
    told('{matchLabels: {"k8s:app": web}, matchExpressions: [{key: "any:app", operator: Exists}]}'),
    unknown,
  );
  assert.deepEqual(told('{matchLabels: {"k8s:app": web}}'), ["allowed", ""]);
  assert.deepEqual(told("{matchLabels: {app: web}, matchExpressions: [{key: app, operator: Exists}]}"), [
    "allowed",
    "",
  ]);
});

test("a label pattern that is not a regular expression is a problem, and nothing throws", () => {
  const { problems, scenario } = readScenario(
    "cluster: {labels: ['k8s:app([']}\nendpoints: [{id: a, namespace: x}]\n",
    "s.yaml",
  );
  assert.deepEqual([problems.map(({ line }) => line), scenario?.cluster], [[1], undefined]);
  const config =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {labels: 'k8s:app(['}}";
  const manifests = readManifests([{ file: "a.yaml", text: config }]);
  assert.deepEqual([manifests.problems.map(({ code }) => code), manifests.agent], [["invalid-setting"], undefined]);
});

test("hundreds of policies without workloads still get all their representatives", () => {
  const policies = Array.from({ length: 400 }, (_, index) => ({
    kind: "CiliumNetworkPolicy" as const,
    metadata: { name: `p${index}`, namespace: `n${index % 20}` },
    spec: {
      endpointSelector: { matchLabels: { app: `a${index}` } },
      ingress: [{ fromEndpoints: [{ matchLabels: { app: `b${index}` } }] }],
    },
  }));
  const { scenario, unrepresented } = withRepresentatives({ endpoints: [] }, policies);
  assert.equal(unrepresented, 0);
  const ids = new Set(scenario.endpoints.map(({ id }) => id));
  assert.ok(ids.has("any pod of n19 with app=a399") && ids.has("any pod of n19 with app=b399"));
});
