import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { RawObject } from "../../../lib/linkerd/api";
import { type Decision, decisionKey } from "../../../lib/linkerd/policy";
import { linesOf } from "../../corpus/lines";
import { ask, policyOf, type Scenario } from "../../corpus/linkerd";
import { runs } from "../../support/runs";

const scenarios = linesOf(path.join(__dirname, "../../corpus/data/linkerd-sample.jsonl.gz"))
  .slice(0, 60)
  .map((line) => JSON.parse(line) as Scenario);

const anyScenario = fc.constantFrom(...scenarios);
const account = fc.constantFrom("web", "api", "db", "batch", "default");

/** An AuthorizationPolicy with an unused name, for a target that may exist in the scenario or not. */
function authorization(scenario: Scenario): fc.Arbitrary<RawObject> {
  const targets = scenario.objects
    .filter(({ kind }) => ["Server", "HTTPRoute", "GRPCRoute"].includes(kind))
    .map(({ apiVersion, kind, metadata }) => ({
      namespace: metadata.namespace,
      target: { group: String(apiVersion).split("/")[0], kind, name: metadata.name },
    }));
  const namespaces = [...new Set(scenario.objects.map(({ metadata }) => metadata.namespace))];
  const wide = namespaces.map((namespace) => ({ namespace, target: { kind: "Namespace", name: namespace } }));
  const refs = fc.oneof(
    fc.constant([]),
    account.map((name) => [{ kind: "ServiceAccount", name }]),
  );
  return fc.tuple(fc.constantFrom(...targets, ...wide), refs).map(([{ namespace, target }, required]) => ({
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "AuthorizationPolicy",
    metadata: { name: "added-by-the-property", namespace },
    spec: { targetRef: target, requiredAuthenticationRefs: required },
  }));
}

/** Asserts that the addition denies nobody, and otherwise changes no answer. */
function closed(before: readonly Decision[], after: readonly Decision[]): boolean {
  const opens = (decisions: readonly Decision[]) => decisions.map(({ verdict }) => verdict === "allowed");
  return (
    (opens(before).every(Boolean) && !opens(after).every(Boolean)) ||
    (opens(before).some(Boolean) && !opens(after).some(Boolean))
  );
}

test("adding an authorization never denies anything, and removing it again never admits anything", () => {
  const cases = anyScenario.chain((scenario) => fc.tuple(fc.constant(scenario), authorization(scenario)));
  fc.assert(
    fc.property(cases, ([scenario, added]) => {
      const before = policyOf(scenario, scenario.objects);
      const after = policyOf(scenario, [...scenario.objects, added]);
      for (const question of scenario.questions) {
        assert.ok(!closed(ask(scenario, before, question), ask(scenario, after, question)), JSON.stringify(question));
      }
    }),
    { numRuns: runs(40) },
  );
});

test("an added authorization does admit its clients", () => {
  const everybody = (scenario: Scenario): RawObject[] =>
    [...new Set(scenario.objects.map(({ metadata }) => metadata.namespace))].map((namespace) => ({
      apiVersion: "policy.linkerd.io/v1alpha1",
      kind: "AuthorizationPolicy",
      metadata: { name: "everybody", namespace },
      spec: { targetRef: { kind: "Namespace", name: namespace }, requiredAuthenticationRefs: [] },
    }));
  const opened = scenarios.some((scenario) => {
    const before = policyOf(scenario, scenario.objects);
    const after = policyOf(scenario, [...scenario.objects, ...everybody(scenario)]);
    return scenario.questions.some((question) =>
      closed(ask(scenario, after, question), ask(scenario, before, question)),
    );
  });
  assert.ok(opened);
});

test("the order of the objects never changes a decision", () => {
  const cases = anyScenario.chain((scenario) =>
    fc.tuple(fc.constant(scenario), fc.shuffledSubarray(scenario.objects, { minLength: scenario.objects.length })),
  );
  const keys = (decisions: readonly Decision[]) => decisions.map(decisionKey).sort();
  fc.assert(
    fc.property(cases, ([scenario, shuffled]) => {
      const one = policyOf(scenario, scenario.objects);
      const other = policyOf(scenario, shuffled);
      for (const question of scenario.questions) {
        assert.deepEqual(keys(ask(scenario, other, question)), keys(ask(scenario, one, question)));
      }
    }),
    { numRuns: runs(40) },
  );
});
