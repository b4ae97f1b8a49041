import assert from "node:assert/strict";
import { test } from "node:test";
import { diffManifests, evaluateManifests, lintManifests, type ManifestFile } from "../../lib/manifests";

const workload = (name: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: ${name}, image: x, ports: [{ containerPort: 80 }] }] }
`;
const policy = (ingress: string) => `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: db }
spec: { endpointSelector: { matchLabels: { app: db } }, ingress: ${ingress} }
`;
const shop = (ingress: string, ...more: string[]): ManifestFile[] => [
  { file: "shop.yaml", text: [workload("web"), workload("db"), workload("job"), policy(ingress), ...more].join("") },
];
const options = { namespace: "shop" };
const fromWeb = "[{ fromEndpoints: [{ matchLabels: { app: web } }] }]";
const flow = (from: string) => ({ from, to: "shop/db", proto: "TCP", port: 80 });

test("evaluates manifests in the given namespace", () => {
  const { policies, scenario, reachability, problems, unseen } = evaluateManifests(shop(fromWeb), options);
  assert.deepEqual([problems, unseen, policies.length], [[], [], 1]);
  assert.ok(scenario.endpoints.some(({ id }) => id === "shop/job"));
  assert.equal(reachability.verdict(flow("shop/web")).allowed, true);
  assert.equal(reachability.verdict(flow("shop/job")).allowed, false);
});

test("reports problems and unseen objects with their places, and throws nothing", () => {
  const release = "---\n{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: web}, spec: {}}\n";
  const files = shop("[{ fromEndpoint: [] }]", release);
  const { problems, unseen } = evaluateManifests([...files, { file: "torn.yaml", text: "a: b: c\n" }], options);
  assert.deepEqual(
    problems.map(({ file }) => file),
    ["shop.yaml", "torn.yaml"],
  );
  assert.deepEqual(
    unseen.map(({ object }) => object),
    ["HelmRelease web"],
  );
  assert.deepEqual(diffManifests(files, files, options).unseen.length, 2, "of both sides");
  assert.equal(lintManifests(files, options).unseen.length, 1);
});

test("reports what opens and what closes, and swaps them if the sides are swapped", () => {
  const [before, after] = [shop(fromWeb), shop("[{ fromEndpoints: [{ matchLabels: { app: job } }] }]")];
  const ends = (changes: readonly { from: readonly string[]; port: number }[]) =>
    changes.filter(({ port }) => port === 80).flatMap(({ from }) => from);
  const { opened, closed } = diffManifests(before, after, options);
  assert.deepEqual([ends(opened), ends(closed)], [["shop/job"], ["shop/web"]]);
  const back = diffManifests(after, before, options);
  assert.deepEqual([ends(back.opened), ends(back.closed)], [["shop/web"], ["shop/job"]]);
});

test("lints like the command line, and respects ignore comments", () => {
  const found = (files: ManifestFile[]) => lintManifests(files, options).findings.map(({ rule }) => rule);
  const files = shop("[{ fromEndpoints: [] }]");
  assert.ok(found(files).includes("empty-peer-list"));
  const [{ file, text } = { file: "", text: "" }] = files;
  const ignoring = text.replace(
    /---\n(?=.*\nkind: Cilium)/,
    "---\n# meshfence-ignore: empty-peer-list -- nobody yet\n",
  );
  assert.equal(found([{ file, text: ignoring }]).includes("empty-peer-list"), false);
});
