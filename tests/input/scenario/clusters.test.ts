import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluate } from "../../../lib/manifests/evaluate";

const pod = (name: string) =>
  `---\n{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}\n`;
const policy = (rule: string) =>
  `---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: db}}, ${rule}}}\n`;
const config = (data: string) =>
  `---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: ${data}}\n`;
const fromApi = policy("ingress: [{fromEndpoints: [{matchLabels: {app: api}}]}]");
const anyCluster = config("{policy-default-local-cluster: 'false'}");

function read(cluster: readonly string[], ...texts: string[]) {
  const manifests = readManifests([{ file: "all.yaml", text: [pod("db"), ...texts].join("") }]);
  const { scenario, reachability } = evaluate(manifests, { cluster });
  const ids = scenario.endpoints.flatMap(({ id, cluster: of }) => (of === undefined ? [] : [id]));
  const lets = (from: string) => reachability.verdict({ from, to: "shop/db", proto: "TCP", port: 80 }).allowed;
  return { ids, lets, admitted: ids.filter(lets) };
}

test("a named cluster is a peer even if no policy mentions it", () => {
  assert.deepEqual(read([], fromApi).ids, []);
  const named = read(["west", "south"], fromApi);
  assert.deepEqual(named.ids, ["any other pod of cluster west", "any other pod of cluster south"]);
  assert.deepEqual(named.admitted, [], "peers are of the own cluster, where they speak of none");
  assert.deepEqual(read(["west"]).admitted, ["any other pod of cluster west"], "nothing is fenced");
  const mesh = read(["west"], policy("ingress: [{fromEntities: [cluster-mesh]}]"));
  assert.ok(mesh.lets("any other pod of cluster west"));
  const own = read(["west"], policy("ingress: [{fromEntities: [cluster]}]"));
  assert.deepEqual([own.admitted, own.lets("any other pod")], [[], true]);
  assert.ok(read(["west"], policy("ingress: [{fromEntities: [all]}]")).lets("any other pod of cluster west"));
});

test("where selectors match any cluster, each has a pod in every other cluster, named or not", () => {
  const west = "any pod of shop with app=api of cluster west";
  assert.deepEqual(read(["west"], fromApi, anyCluster).admitted.sort(), [
    "any pod of shop with app=api of another cluster",
    west,
  ]);
  assert.deepEqual(read([], fromApi, anyCluster).admitted, ["any pod of shop with app=api of another cluster"]);
  const onlyOwn = policy(
    "ingress: [{fromEndpoints: [{matchLabels: {app: api, io.cilium.k8s.policy.cluster: default}}]}]",
  );
  assert.deepEqual(read(["west"], onlyOwn, anyCluster).admitted, []);
});

test("the cluster's own name is not another cluster", () => {
  assert.deepEqual(read(["prod"], fromApi, config("{cluster-name: prod}")).ids, []);
  const manifests = readManifests([{ file: "all.yaml", text: pod("db") }]);
  const { scenario } = evaluate(manifests, { cluster: ["prod"], clusterName: "prod" });
  assert.deepEqual(
    [scenario.cluster?.name, scenario.endpoints.some(({ cluster }) => cluster !== undefined)],
    ["prod", false],
  );
});
