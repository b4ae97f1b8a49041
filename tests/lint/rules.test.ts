import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromKubernetes, type KubernetesPolicySpec } from "../../lib/cilium/api/from-kubernetes";
import { formatPath, formatProblem } from "../../lib/common/problem";
import { readManifests } from "../../lib/input/manifests/read";
import { lint, rules, Severity } from "../../lib/lint";
import type { TransportMode } from "../../lib/scenario/transport-mode";
import { type Case, cases } from "./cases";
import { scenario } from "./scenario";

function policiesOf(row: Case) {
  return [row, ...(row.beside ?? [])].flatMap((spec, index) => policiesOfSpec(spec, index === 0 ? "p" : `p${index}`));
}

function policiesOfSpec(
  { spec, clusterwide, namespace = "demo" }: Pick<Case, "spec" | "clusterwide" | "namespace">,
  name: string,
) {
  const kind = clusterwide ? "CiliumClusterwideNetworkPolicy" : "CiliumNetworkPolicy";
  const where = clusterwide || namespace === "" ? "" : `, namespace: ${namespace}`;
  const indented = spec.replace(/^/gm, "  ");
  const text = `apiVersion: cilium.io/v2\nkind: ${kind}\nmetadata: {name: ${name}${where}}\nspec:\n${indented}\n`;
  const { policies, problems } = readManifests([{ file: "p.yaml", text }]);
  assert.equal(policies.length, 1, problems.map(formatProblem).join("\n") || text);
  return policies;
}

const inMode = (mode: TransportMode | undefined) => scenario(mode);

for (const rule of rules) {
  describe(`lint rule ${rule.id}`, () => {
    for (const row of cases[rule.id] ?? []) {
      it(`${row.finds.length > 0 ? "finds" : "passes over"}: ${row.what}`, () => {
        const policies = policiesOf(row);
        const nulls = new Map(policies.map((policy, index) => [index, policy.nulls]));
        const manifests = policies.map(({ manifest }) => manifest);
        const findings = lint(manifests, inMode(row.mode), [rule], nulls).filter(({ policy }) => policy === 0);
        const found = findings.map(({ path, message }) => `${formatPath(path)}: ${message}`);
        assert.deepEqual(
          findings.map(({ path }) => formatPath(path)),
          row.finds.map(([path]) => path),
          found.join("\n"),
        );
        for (const [index, [, message]] of row.finds.entries()) assert.match(findings[index]?.message ?? "", message);
      });
    }
  });
}

describe("the rules of lint", () => {
  it("have each a case that fires and one that does not, and no case is of a rule that is not there", () => {
    assert.deepEqual(Object.keys(cases).sort(), rules.map(({ id }) => id).sort());
    for (const [id, rows] of Object.entries(cases)) {
      assert.ok(
        rows.some(({ finds }) => finds.length > 0),
        `${id} never fires`,
      );
      assert.ok(
        rows.some(({ finds }) => finds.length === 0),
        `${id} is never silent`,
      );
    }
  });

  it("explain themselves: an id in kebab case, a title, why, and the fix, in sentences", () => {
    for (const { id, severity, title, why, fix } of rules) {
      assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)+$/);
      assert.ok(Object.values(Severity).includes(severity), id);
      assert.match(title, /^\S.*[^.]$/, id);
      assert.match(why, /^[A-Z`"].*[.]$/s, id);
      assert.match(fix, /^[A-Z].*[.]$/s, id);
    }
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
  });
});

describe("lint of a Kubernetes NetworkPolicy", () => {
  const found = (spec: KubernetesPolicySpec, mode?: TransportMode) => {
    const { policy } = fromKubernetes({
      ...{
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "p", namespace: "demo" },
        spec,
      },
    });
    return lint([policy], scenario(mode)).map(({ rule, object, fix }) => ({ rule, object, fix }));
  };

  it("finds what the mesh does to ports, and advises in Kubernetes' terms", () => {
    const toServer = { podSelector: { matchLabels: { app: "podinfo" } }, ingress: [{ ports: [{ port: 9898 }] }] };
    assert.ok(
      found(toServer, "transport-header").some(
        ({ rule, object }) => rule === "mesh-port-blocked" && object === "NetworkPolicy demo/p",
      ),
    );
    const nobody = { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: "nobody" } } }] }] };
    const [selection] = found(nobody).filter(({ rule }) => rule === "selects-nothing");
    assert.match(selection?.fix ?? "", /add a namespaceSelector/);
  });

  it("does not find traps of Cilium's own language: an empty rule and a missing peer mean here what they say", () => {
    const podinfo = { podSelector: { matchLabels: { app: "podinfo" } } };
    const open = found(
      {
        podSelector: { matchLabels: { app: "podinfo" } },
        policyTypes: ["Ingress"],
        ingress: [{}, { ports: [{ port: 9797 }] }],
      },
      "transparent",
    );
    // In Cilium's terms a default deny is an empty rule, of which lint speaks there.
    const shut = found({ ...podinfo, policyTypes: ["Ingress"] }, "transparent");
    assert.deepEqual(
      [...open, ...shut].filter(({ rule }) => !rule.endsWith("cut-off")).map(({ rule }) => rule),
      [],
    );
  });
});
