import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { IngressRule, PolicyManifest, PortRule } from "../../lib/cilium/api/policy";
import type { LabelSelector } from "../../lib/kubernetes/label-selector";
import { lint, rules } from "../../lib/lint";
import { compile } from "../../lib/reachability";
import type { Flow } from "../../lib/scenario/scenario";
import { runs } from "../support/runs";
import { scenario } from "./scenario";

const rule = rules.filter(({ id }) => id === "denied-anyway");
const namespaceKey = "k8s:io.kubernetes.pod.namespace";

const selector = fc.constantFrom<LabelSelector>(
  {},
  { matchLabels: { app: "client" } },
  { matchLabels: { [namespaceKey]: "shop" } },
  { matchLabels: { [namespaceKey]: "shop", app: "db" } },
  { matchExpressions: [{ key: "app", operator: "In", values: ["client", "old"] }] },
  { matchExpressions: [{ key: "app", operator: "NotIn", values: ["client"] }] },
);
const peers = fc.oneof(
  fc.record({ fromEndpoints: fc.array(selector, { minLength: 1, maxLength: 2 }) }),
  fc.record({
    fromEntities: fc.uniqueArray(fc.constantFrom("all", "world", "cluster", "host", "remote-node", "none"), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.record({
    fromCIDR: fc.uniqueArray(fc.constantFrom("1.0.0.0/8", "1.1.0.0/16", "1.1.1.1/32", "0.0.0.0/0", "2.0.0.0/8"), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  fc.constant({}),
);
const port = fc.constantFrom(
  { port: "9898", protocol: "TCP" as const },
  { port: "9898" },
  { port: "9000", endPort: 9900 },
  { port: "0", protocol: "TCP" as const },
  { port: "http" },
  { port: "9797", protocol: "UDP" as const },
);
const toPorts = fc.array(fc.record({ ports: fc.array(port, { minLength: 1, maxLength: 2 }) }), {
  minLength: 1,
  maxLength: 1,
});
const item: fc.Arbitrary<IngressRule> = fc
  .tuple(peers, fc.option(toPorts, { nil: undefined }))
  .map(([from, ports]) => ({ ...from, ...(ports && { toPorts: ports as PortRule[] }) }));
const policy = fc
  .record({
    endpointSelector: fc.constantFrom<LabelSelector>({}, { matchLabels: { app: "podinfo" } }),
    ingress: fc.array(item, { minLength: 1, maxLength: 3 }),
    ingressDeny: fc.array(item, { minLength: 1, maxLength: 2 }),
  })
  .map(
    (spec): PolicyManifest => ({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: "p", namespace: "demo" },
      spec,
    }),
  );

const cluster = scenario();
const flows: Flow[] = cluster.endpoints.flatMap(({ id: from }) =>
  ["podinfo", "old"].flatMap((to) =>
    [9898, 9797, 9500, 8080].flatMap((port) => ["TCP", "UDP"].map((proto) => ({ from, to, proto, port }))),
  ),
);
const verdicts = (policies: readonly PolicyManifest[]) => {
  const reachability = compile(policies, cluster);
  return flows.map((flow) => reachability.verdict(flow).ingress);
};

describe("a rule that lint reports as denied anyway", () => {
  it("can be removed without changing a verdict", () => {
    let found = 0;
    fc.assert(
      fc.property(policy, policy, (one, other) => {
        const policies = [one, { ...other, metadata: { ...other.metadata, name: "q" } }];
        const dead = new Set(
          lint(policies, cluster, { rules: rule }).map(({ policy, path }) => `${policy}.${path.join(".")}`),
        );
        found += dead.size;
        if (dead.size === 0) return;
        const without = policies.map((manifest, index) => ({
          ...manifest,
          spec: {
            ...manifest.spec,
            ingress: manifest.spec?.ingress?.map((rule, at) =>
              // Keep default deny.
              dead.has(`${index}.spec.ingress.${at}`) ? { fromEntities: ["none"] } : rule,
            ),
          },
        }));
        assert.deepEqual(verdicts(without as PolicyManifest[]), verdicts(policies));
      }),
      { numRuns: runs(150) },
    );
    assert.ok(found > runs(150) / 4, `${found} findings`);
  });
});
