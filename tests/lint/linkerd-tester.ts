import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPath } from "../../lib/common/problem";
import { readManifests } from "../../lib/input/manifests/read";
import { lintFactsOf } from "../../lib/input/scenario/lint-facts";
import { scenarioOf } from "../../lib/input/scenario/scenario";
import { type LintRule, lint } from "../../lib/lint";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { Identities } from "./identities";

/** Objects of the namespace `shop` as YAML, on one or more lines each, added to the cluster below. */
interface Given {
  what: string;
  objects: readonly string[];
  mode?: TransportMode;
}

/** Cases that a rule about Linkerd's authorization must find, and near misses that it must not. */
export interface LinkerdCases {
  finds: [Found, ...Found[]];
  passes: [Given, ...Given[]];
}

type Found = Given & {
  /** Object, path and part of the message of each finding, in order. */
  finds: [object: string, path: string, message: RegExp][];
};

const pod = (name: string, spec: string, annotations = "{linkerd.io/inject: enabled}") =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}, annotations: ${annotations}}, spec: ${spec}}`;

/** Meshed: `cart` with a probe, `web`, and `job` and `mail`, which share an account. Not meshed: `plain`, with its own account. */
const cluster = [
  pod(
    "cart",
    "{serviceAccountName: cart, containers: [{name: c, ports: [{name: http, containerPort: 8080}, {name: db, containerPort: 5432}, {name: skipped, containerPort: 4567}], readinessProbe: {httpGet: {path: /ready, port: http}}}]}",
  ),
  pod("web", "{serviceAccountName: web, containers: [{name: c}]}"),
  pod("job", "{containers: [{name: c}]}"),
  pod("mail", "{containers: [{name: c}]}"),
  pod("plain", "{serviceAccountName: plain, containers: [{name: c, ports: [{containerPort: 80}]}]}", "{}"),
];

export const server = (spec = "port: 8080", name = "http") =>
  `{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: ${name}, namespace: shop}, spec: {podSelector: {matchLabels: {app: cart}}, ${spec}}}`;
export const policy = (refs: string, target = "{group: policy.linkerd.io, kind: Server, name: http}", name = "p") =>
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: ${name}, namespace: shop}, spec: {targetRef: ${target}, requiredAuthenticationRefs: [${refs}]}}`;
export const account = (name: string) => `{kind: ServiceAccount, name: ${name}}`;
export const route = (rules: string, name = "r", parent = "{group: policy.linkerd.io, kind: Server, name: http}") =>
  `{apiVersion: policy.linkerd.io/v1beta3, kind: HTTPRoute, metadata: {name: ${name}, namespace: shop}, spec: {parentRefs: [${parent}], rules: [${rules}]}}`;
export const gatewayRoute = (kind: string, rules: string, parent: string, name = "g") =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: ${kind}, metadata: {name: ${name}, namespace: shop}, spec: {parentRefs: [${parent}], rules: [${rules}]}}`;
export const toServer = "{group: policy.linkerd.io, kind: Server, name: http}";
export const made = (kind: string, spec: string, name = "m", version = "v1alpha1") =>
  `{apiVersion: policy.linkerd.io/${version}, kind: ${kind}, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}`;
export const cilium = (spec: string, name = "c") =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}`;

/** Tests a rule of lint on its cases. */
export function testLinkerdRule(rule: LintRule, { finds, passes }: LinkerdCases): void {
  const identities = new Identities();
  describe(`lint rule ${rule.id}`, () => {
    for (const row of finds)
      it(`finds: ${row.what}`, () => {
        const findings = findingsOf(rule, row);
        identities.check(findings);
        const said = findings
          .map(({ object, path, message }) => `${object} ${formatPath(path)}: ${message}`)
          .join("\n");
        assert.deepEqual(
          findings.map(({ object, path }) => [object, formatPath(path)]),
          row.finds.map(([object, path]) => [object, path]),
          said,
        );
        for (const [index, [, , message]] of row.finds.entries()) assert.match(findings[index]?.message ?? "", message);
      });
    for (const row of passes) it(`passes: ${row.what}`, () => assert.deepEqual(findingsOf(rule, row), []));
  });
}

function findingsOf(rule: LintRule, { objects, mode = TransportMode.Transparent }: Given) {
  const text = [...cluster, ...objects].join("\n---\n");
  const read = readManifests([{ file: "given.yaml", text }]);
  const manifests = read.policies.map(({ manifest }) => manifest);
  return lint(manifests, scenarioOf(read, manifests, { ...read, transportMode: mode }), {
    rules: [rule],
    facts: lintFactsOf(read),
  });
}
