import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const namespace = (annotations: string) => `apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled, ${annotations}}}
`;
const pod = (annotations: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}, annotations: {${annotations}}}
spec: {containers: [{name: linkerd-proxy}, {name: db, ports: [{containerPort: 9000}]}]}
status: {phase: Running}
`;
const template = (annotations = "") => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}, annotations: {${annotations}}}, spec: {containers: [{name: db, ports: [{containerPort: 9000}]}]}}}
`;
const read = (...texts: string[]) => readManifests([{ file: "all.yaml", text: texts.join("") }]);
const policyOf = (...texts: string[]) =>
  read(...texts).workloads[0]?.inbound?.annotations?.["config.linkerd.io/default-inbound-policy"];
const deny = "config.linkerd.io/default-inbound-policy: deny";

test("a running pod keeps the settings it was injected with; a new one takes its namespace's", () => {
  assert.equal(policyOf(namespace(deny), template()), "deny");
  assert.equal(policyOf(namespace(deny), pod("")), undefined);
  assert.equal(policyOf(namespace(deny), pod(deny)), "deny");
  const meshOf = (...texts: string[]) => read(...texts).workloads[0]?.endpoint.mesh;
  assert.deepEqual(meshOf(namespace(deny), pod(""))?.outdated, ["config.linkerd.io/default-inbound-policy"]);
  assert.equal(meshOf(namespace(deny), pod(deny))?.outdated, undefined);
  const skip = "config.linkerd.io/skip-inbound-ports: '9000'";
  assert.deepEqual(meshOf(namespace(skip), template())?.skipInboundPorts, [9000]);
  assert.deepEqual(meshOf(namespace(skip), pod("")), {
    injected: true,
    outdated: ["config.linkerd.io/skip-inbound-ports"],
  });
});

test("reports settings that the injector ignores, and those that move the proxy's ports", () => {
  const messages = (annotation: string) =>
    read(namespace("a: b"), template(annotation)).problems.map(({ message }) => message);
  assert.match(
    messages("config.linkerd.io/default-inbound-policy: denied")[0] ?? "",
    /^"denied" is not a default policy/,
  );
  assert.match(
    messages("config.linkerd.io/inbound-port: '5143'")[0] ?? "",
    /moves the proxy's port to 5143, which is not evaluated; 4143/,
  );
  assert.deepEqual(messages("config.linkerd.io/admin-port: '4191'"), []);
  const inherited = read(namespace("config.linkerd.io/control-port: '1'"), template());
  assert.deepEqual(
    inherited.problems.map(({ code }) => code),
    ["invalid-value"],
  );
});
