import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { diffReport } from "../../lib/cli/reports/diff";
import { evaluateBoth } from "../../lib/manifests/evaluate";
import { diffText } from "../../lib/report/diff/diff-text";
import { deployment, ingress } from "./both-fences";
import { endsWith } from "./gate-of-two";

const state = (peer: string, audit: boolean) =>
  [
    deployment("api"),
    ingress(`{fromEntities: [${peer}]}`),
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {policy-audit-mode: "${audit}"}}`,
  ].join("\n---\n");

test("if agents only audit before and after, a change opens what it will open once they enforce", () => {
  assert.deepEqual(endsWith(state("none", true), state("world", true), ["opened:world"]), [1]);
  assert.deepEqual(endsWith(state("world", true), state("none", true), ["opened:world", "closed"]), [0, 1]);
  const sides = [state("none", true), state("world", true)].map((text) =>
    manifestsOf([{ file: "p.yaml", text }], { namespace: "default" }),
  );
  const [was, is] = sides;
  assert.ok(was !== undefined && is !== undefined);
  const text = diffText(diffReport(evaluateBoth(was, is, {}), { before: "a", after: "b" })).replace(/\s+/g, " ");
  assert.match(text, /· nothing is enforced: policyAuditMode is on; compared as if it were off\./);
});

test("turning audit mode on opens what policies deny, and turning it off closes it", () => {
  assert.deepEqual(endsWith(state("none", false), state("none", true), ["opened:world"]), [1]);
  assert.deepEqual(endsWith(state("none", true), state("none", false), ["opened", "closed"]), [0, 1]);
});
