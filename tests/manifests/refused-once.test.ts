import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluatedPolicy } from "../../lib/cilium/api/policy";
import { RefusalCache } from "../../lib/cilium/api/refusal-cache";
import { readManifests } from "../../lib/input/manifests/read";
import { evaluate } from "../../lib/manifests/evaluate";

const text = `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec: {endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: refused, namespace: shop}
spec: {endpointSelector: {}, ingress: []}
`;

test("computes the refusals of a policy once per evaluation", () => {
  const asked = new Map<EvaluatedPolicy, Set<unknown>[]>();
  class Counting extends RefusalCache {
    override of(...args: Parameters<RefusalCache["of"]>) {
      const answer = super.of(...args);
      asked.set(args[0], [...(asked.get(args[0]) ?? []), new Set([answer])]);
      return answer;
    }
  }
  const { refused } = evaluate(readManifests([{ file: "x.yaml", text }]), {}, undefined, new Counting());
  assert.deepEqual(
    refused.map(({ name }) => name),
    ["refused"],
  );
  assert.equal(asked.size, 2);
  for (const answers of asked.values()) {
    assert.ok(answers.length >= 3, "representatives, named ports and the engine ask the same cache");
    assert.equal(new Set(answers.flatMap((one) => [...one])).size, 1);
  }
});

test("agents with different settings refuse different policies", () => {
  const policyOf = (spec: string) =>
    readManifests([
      {
        file: "x.yaml",
        text: `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: x, namespace: shop}, spec: {endpointSelector: {}, ${spec}}}`,
      },
    ]).policies[0]?.manifest;
  for (const [spec, refusing, accepting] of [
    [
      'ingress: [{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{path: /}]}}]}]',
      { l7Proxy: false },
      undefined,
    ],
    ["ingress: [{fromNodes: [{matchLabels: {role: edge}}]}]", undefined, { nodePeers: true }],
    ["ingress: [{toPorts: [{ports: [{protocol: VRRP}]}]}]", undefined, { extendedProtocols: true }],
  ] as const) {
    const policy = policyOf(spec);
    assert.ok(policy, spec);
    const cache = new RefusalCache();
    assert.deepEqual(cache.accepted([policy], [refusing]), [], spec);
    assert.deepEqual(cache.accepted([policy], [refusing, accepting]), [policy], spec);
  }
});
