import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { networkPolicy, type PolicyManifest } from "../../../lib/cilium/model";
import { formatProblem } from "../../../lib/common/problem";
import { fromYaml, toYaml } from "../../../lib/input/manifests/policy-from-yaml";
import { namespacedSpec } from "../../cilium/model/arbitraries";
import { runs } from "../../support/runs";

const fixture = readFileSync(path.join(__dirname, "fixtures", "policies.yaml"), "utf8");

describe("reading YAML", () => {
  it("keeps absent, null, [] and {} apart", () => {
    const { policies } = fromYaml(fixture);
    const odd = policies.find(({ metadata }) => metadata.name === "empty-in-every-way");
    assert.deepEqual(odd?.spec, {
      endpointSelector: {},
      ingress: [{}, { fromEndpoints: [], toPorts: [{}] }, { fromEndpoints: null, toPorts: [{ ports: [] }] }],
      egress: [],
      egressDeny: null,
    });
  });

  it("reads every document, including Lists and JSON, in order", () => {
    assert.deepEqual(
      fromYaml(fixture).policies.map(({ metadata }) => metadata.name),
      ["ingress-policy", "egress-policy", "empty-in-every-way", "in-a-list", "written-as-json", "unknown-fields"],
    );
  });

  it("follows anchors, and keeps strings as strings", () => {
    const [ingress, egress] = fromYaml(fixture).policies;
    assert.deepEqual(ingress?.spec?.ingress?.[0]?.toPorts, [{ ports: [{ port: "9898", protocol: "TCP" }] }]);
    assert.deepEqual(egress?.specs?.[1]?.egress, [
      {
        toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } }],
      },
    ]);
    assert.equal(egress?.metadata.labels?.quoted, "yes");
  });

  it("reports unknown fields with their line, and keeps them", () => {
    const { policies, problems } = fromYaml(fixture, "demo.yaml");
    const odd = policies.at(-1) as unknown as { spec: { egress: unknown[] } };
    assert.deepEqual(odd.spec.egress, [{ toEndpoint: [{ matchLabels: { app: "a" } }] }]);
    const reported = problems.map(formatProblem).filter((line) => line.includes("unknown-fields"));
    const line = fixture.split("\n").findIndex((text) => text.includes("toEndpoint:")) + 1;
    assert.equal(reported.length, 1, reported.join("\n"));
    assert.match(reported[0] ?? "", new RegExp(`^demo\\.yaml:${line}:7: CiliumNetworkPolicy demo/unknown-fields, `));
    assert.match(reported[0] ?? "", /did you mean "toEndpoints"/);
  });

  it("leaves out and reports documents that are not, or cannot be, policies", () => {
    const { policies, problems } = fromYaml(
      [
        "kind: Service\napiVersion: v1\nmetadata: {name: s}",
        "kind: CiliumNetworkPolicy\napiVersion: cilium.io/v2alpha1\nmetadata: {name: old}",
        "kind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\nmetadata: {name: int}\nspec:\n  endpointSelector: {}\n  ingress: [{toPorts: [{ports: [{port: 80}]}]}]",
        "a: [",
      ].join("\n---\n"),
    );
    assert.deepEqual(policies, []);
    const text = problems.map(formatProblem).join("\n");
    assert.match(text, /:1:1: Service s: is v1 Service, not a CiliumNetworkPolicy/);
    assert.match(text, /:5:1: CiliumNetworkPolicy old: is cilium\.io\/v2alpha1/);
    assert.match(
      text,
      /:14:34: CiliumNetworkPolicy int, spec\.ingress\[0\]\.toPorts\[0\]\.ports\[0\]\.port: .*"80".* is left out/,
    );
    assert.match(text, /:1[67]:/);
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => void fromYaml(text)));
  });
});

describe("writing YAML", () => {
  const readBack = (policies: PolicyManifest[]) => fromYaml(toYaml(policies));

  it("loses nothing of real manifests", () => {
    const { policies } = fromYaml(fixture);
    assert.equal(policies.length, 6);
    assert.deepEqual(readBack(policies).policies, policies);
  });

  it("loses nothing of what the model renders, and renders nothing that is reported", () => {
    fc.assert(
      fc.property(fc.array(namespacedSpec, { maxLength: 3 }), (specs) => {
        const policies = specs.map(networkPolicy);
        assert.deepEqual(readBack(policies), { policies, problems: [] });
      }),
      { numRuns: runs(25) },
    );
  });

  it("loses nothing of any value: odd text and keys, empty and null at any depth, unknown fields", () => {
    const odd = fc.oneof(
      fc.constantFrom(
        "yes",
        "on",
        "1:30",
        "0x10",
        "010",
        "1_000",
        "2001-01-01",
        "~",
        "null",
        "<<",
        "- a",
        "a: b",
        "#",
        " x ",
        "",
        "---",
      ),
      fc.string({ unit: "grapheme" }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(null, true, 0, -1.5, 65535),
        odd,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(odd, tie("tree"), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(fc.tuple(tree, odd), { minLength: 1, maxLength: 3 }), (values) => {
        const policies = values.map(([ours, text]) => ({
          apiVersion: "cilium.io/v2" as const,
          kind: "CiliumNetworkPolicy" as const,
          metadata: { name: "p", annotations: { text } },
          spec: { endpointSelector: {}, ingress: [{}], ours },
        }));
        assert.deepEqual(readBack(policies).policies, policies);
      }),
      { numRuns: runs(150) },
    );
  });
});
