import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { reachReport } from "../../lib/cli/reports/reach";

import { evaluate } from "../../lib/manifests/evaluate";
import { summarize } from "../../lib/report/reach/summary";

const places = (n: number) => Array.from({ length: n }, (_, index) => index);
const deployment = (name: string) =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: x}, spec: {selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}, annotations: {linkerd.io/inject: enabled}}, spec: {serviceAccountName: ${name}, containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}}}`;
const linkerd = (kind: string, name: string, spec: string) =>
  `{apiVersion: policy.linkerd.io/${kind === "Server" ? "v1beta3" : "v1alpha1"}, kind: ${kind}, metadata: {name: ${name}, namespace: x}, spec: ${spec}}`;

/** An authorization for each of n accounts that no workload has. */
const accounts = (n: number) => [
  linkerd("Server", "s", "{podSelector: {matchLabels: {app: b}}, port: 80}"),
  ...places(n).flatMap((place) => [
    linkerd("MeshTLSAuthentication", `m${place}`, `{identityRefs: [{kind: ServiceAccount, name: a${place}}]}`),
    linkerd(
      "AuthorizationPolicy",
      `p${place}`,
      `{targetRef: {group: policy.linkerd.io, kind: Server, name: s}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m${place}}]}`,
    ),
  ]),
];

/** A policy for each of n labels that no workload has. */
const peers = (n: number) =>
  places(n).map(
    (place) =>
      `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p${place}, namespace: x}, spec: {endpointSelector: {matchLabels: {app: b}}, ingress: [{fromEndpoints: [{matchLabels: {app: q${place}}}]}]}}`,
  );

function reached(documents: readonly string[]) {
  const text = [deployment("a"), deployment("b"), ...documents].join("\n---\n");
  const options = { namespace: "default" };
  const evaluated = evaluate(manifestsOf([{ file: "x.yaml", text }], options), options);
  assert.deepEqual(evaluated.problems, []);
  return reachReport(evaluated);
}

for (const [what, documents] of Object.entries({ accounts, peers })) {
  test(`targets that no policy distinguishes share the lists of their sources: ${what}`, () => {
    const lists = (n: number) => {
      const report = reached(documents(n));
      const own = [...report.answers].map(({ from }) => from);
      const shown = summarize(report.answers, report.endpoints).targets.flatMap(({ groups }) => groups);
      // Lists of one say who is admitted by an authorization of its own.
      const long = (all: readonly (readonly string[])[]) => new Set(all.filter(({ length }) => length > 2)).size;
      assert.ok(own.length > n, "the pods are targets");
      return { own: long(own), shown: long(shown.map(({ from }) => from)) };
    };
    assert.deepEqual(lists(40), lists(10));
  });

  test(`shared lists agree with the verdict about each pair: ${what}`, () => {
    const { answers, verdicts } = reached(documents(8));
    const told = (from: string, verdict: object) => JSON.stringify({ ...verdict, from });
    const shared = [...answers].flatMap(({ from, verdict }) => from.map((id) => told(id, verdict)));
    assert.deepEqual(shared.sort(), [...verdicts].map((verdict) => told(verdict.from, verdict)).sort());
  });
}
