import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readManifests } from "../../lib/input/manifests/read";
import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { evaluate } from "../../lib/manifests/evaluate";

/** The findings in a text as `rule@line`, and the number of silenced ones. */
function found(text: string) {
  const options = { namespace: "default" };
  const linted = lintManifests(evaluate(readManifests([{ file: "p.yaml", text }]), options), anyProject);
  const findings = linted.findings.filter(({ severity }) => severity !== "info");
  return { findings, told: findings.map(({ rule, line }) => `${rule}@${line}`), ignored: linted.silenced.length };
}

const policy = (rules: string, metadata = "{name: p, namespace: shop}", more = "") =>
  `${more}apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: ${metadata}\nspec:\n  endpointSelector: {}\n${rules}`;

describe("a comment that ignores a rule", () => {
  it("applies only to the item that begins on the next line", () => {
    const { told, ignored } = found(
      policy(`  ingress:
    # the health checks
    # meshfence-ignore: ports-without-peer -- probes of the load balancer

    - toPorts:
        - ports: [{port: "80"}]
    - toPorts: [{ports: [{port: "81"}]}]
`),
    );
    assert.deepEqual([told, ignored], [["ports-without-peer@12"], 1]);
  });

  it("at the end of a line, applies to what begins on that line", () => {
    const { told, ignored } = found(
      policy(`  ingress:
    - toPorts: # meshfence-ignore: ports-without-peer -- public
        - ports: [{port: "80"}]
    - toPorts: [{ports: [{port: "81"}]}] # meshfence-ignore: ports-without-peer -- public
    - toPorts: [{ports: [{port: "82"}]}]
`),
    );
    assert.deepEqual([told, ignored], [["ports-without-peer@10"], 2]);
  });

  it("above the first line of a document, applies to the whole document, and not to the next", () => {
    const rules = `  ingress:\n    - toPorts: [{ports: [{port: "80"}]}]\n    - toPorts: [{ports: [{port: "81"}]}]\n`;
    const first = policy(rules, "{name: p, namespace: shop}", "# meshfence-ignore: ports-without-peer -- public\n");
    const { told, ignored } = found(`${first}---\n${policy(rules, "{name: q, namespace: shop}")}`);
    assert.deepEqual([told.length, ignored], [2, 2]);
    assert.ok(told.every((one) => Number(one.split("@")[1]) > 9));
  });

  it("applies to a member and everything in it", () => {
    const { told, ignored } = found(
      policy(`  # meshfence-ignore: ports-without-peer, misread-port -- both are meant
  ingress:
    - toPorts: [{ports: [{port: "80", endPort: 8}]}]
  egress:
    - toPorts: [{ports: [{port: "80", endPort: 8}]}]
`),
    );
    assert.deepEqual([told.sort(), ignored], [["misread-port@10", "ports-without-peer@10"], 2]);
  });

  it("does not count inside a string, or with other words", () => {
    const { told, ignored } = found(
      policy(`  description: |
    # meshfence-ignore: ports-without-peer -- this is text
  ingress:
    - toPorts: [{ports: [{port: "80"}]}] # meshfence-ignored: ports-without-peer
`),
    );
    assert.deepEqual([told, ignored], [["ports-without-peer@9"], 0]);
  });

  it("is reported if it ignores nothing, names no existing rule, or has no reason", () => {
    const { findings, told } = found(
      policy(`  ingress:
    # meshfence-ignore: misread-port -- once it was
    - fromEntities: [cluster]
    # meshfence-ignore: prots-without-peer -- public
    - fromEntities: [world]
    # meshfence-ignore: ports-without-peer
    - toPorts: [{ports: [{port: "80"}]}]
    # meshfence-ignore
    - fromEntities: [health]
`),
    );
    assert.deepEqual(told, ["unused-ignore@7", "unused-ignore@9", "unexplained-ignore@11", "unused-ignore@13"]);
    assert.match(findings[0]?.message ?? "", /there is no finding of misread-port here/);
    assert.match(findings[1]?.message ?? "", /no rule "prots-without-peer"; did you mean "ports-without-peer"\?/);
  });
});

describe("the annotation of a policy", () => {
  it("ignores rules for the whole policy, one per line", () => {
    const metadata = `\n  name: p\n  namespace: shop\n  annotations:\n    meshfence/ignore: |\n      ports-without-peer -- public\n      misread-port -- the range is one port\n `;
    const text = policy(`  ingress:\n    - toPorts: [{ports: [{port: "80", endPort: 8}]}]\n`, metadata);
    const other = policy(`  ingress:\n    - toPorts: [{ports: [{port: "80"}]}]\n`, "{name: q, namespace: shop}");
    const { told, ignored } = found(`${text}---\n${other}`);
    assert.deepEqual([told.length, ignored], [1, 2]);
  });

  it("is reported like a comment", () => {
    const metadata = '{name: p, namespace: shop, annotations: {meshfence/ignore: "misread-port -- once"}}';
    assert.deepEqual(found(policy("  ingress: [{fromEntities: [cluster]}]\n", metadata)).told, ["unused-ignore@3"]);
  });

  it("applies to Kubernetes' policies", () => {
    const text = (annotations: string) =>
      `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop${annotations}}\nspec: {podSelector: {matchLabels: {pod-template-hash: x}}, ingress: [{}]}\n`;
    assert.deepEqual(found(text("")).told, ["filtered-label@4"]);
    const { told, ignored } = found(text(', annotations: {meshfence/ignore: "filtered-label -- a test"}'));
    assert.deepEqual([told, ignored], [[], 1]);
  });
});
