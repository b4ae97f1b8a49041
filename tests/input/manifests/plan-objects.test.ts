import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const provider = (name: string, inputs: object) => ({
  urn: `urn:${name}`,
  type: "pulumi:providers:kubernetes",
  name,
  inputs,
});

const policy = (name: string, of: string, namespace?: string) => ({
  urn: `urn:policy-${name}`,
  type: "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
  name,
  provider: `urn:${of}`,
  inputs: {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { endpointSelector: {}, ingress: [{}] },
  },
});

const read = (...resources: object[]) => {
  const text = JSON.stringify({ project: "p", stack: "s", resources });
  const { policies, problems } = readManifests([{ file: "plan.json", text }]);
  return {
    policies: policies.map(({ manifest: { metadata } }) => `${metadata.namespace ?? "-"}/${metadata.name}`),
    problems: problems.map(({ code, object }) => `${code} ${object}`),
  };
};

test("an object without a namespace gets its provider's", () => {
  const shop = provider("shop", { context: "c", namespace: "shop" });
  assert.deepEqual(read(shop, policy("a", "shop"), policy("b", "shop", "own")), {
    policies: ["shop/a", "own/b"],
    problems: [],
  });
});

test("reports a program with objects of several clusters", () => {
  const [a, b] = [provider("a", { context: "a" }), provider("b", { context: "b" })];
  assert.deepEqual(read(a, b, policy("one", "a"), policy("two", "b"), policy("three", "b")).problems, [
    "several-clusters provider b",
  ]);
  const same = provider("b", { context: "a", namespace: "other" });
  assert.deepEqual(read(a, same, policy("one", "a"), policy("two", "b")).problems, []);
  assert.deepEqual(read(a, b, policy("one", "a")).problems, []);
});

test("a release's objects are at their template if the plan names it, and at the release otherwise", () => {
  const object = (name: string) => ({ ...policy(name, "").inputs });
  const release = {
    urn: "r",
    type: "kubernetes:helm.sh/v3:Release",
    name: "r",
    source: { file: "index.ts", line: 3 },
    objects: [object("one"), object("two")],
    objectSources: [{ file: "chart/templates/one.yaml", line: 7 }, null],
  };
  const text = JSON.stringify({ project: "p", stack: "s", resources: [release] });
  const { policies } = readManifests([{ file: "plan.json", text }]);
  assert.deepEqual(
    policies.map(({ document }) => [document.file, document.position(["spec"]).line]),
    [
      ["chart/templates/one.yaml", 7],
      ["index.ts", 3],
    ],
  );
});

test("a patch that changes reachability is reported as not seen; any other is ignored", () => {
  const patched = (kind: string, members: object, type = `core/v1:${kind}Patch`) => ({
    urn: `urn:${kind}`,
    type: `kubernetes:${type}`,
    name: kind.toLowerCase(),
    inputs: { apiVersion: "v1", kind, ...members },
  });
  const custom = (kind: string, spec: object) =>
    patched(kind, { metadata: { name: "a" }, spec }, "apiextensions.k8s.io:CustomResourcePatch");
  const template = (metadata: object, more: object = {}) => ({ spec: { template: { metadata, ...more } } });
  const unseenOf = (...resources: object[]) => {
    const text = JSON.stringify({ project: "p", stack: "s", resources });
    return readManifests([{ file: "plan.json", text }]).unseen.map(({ object }) => object);
  };
  assert.deepEqual(
    unseenOf(
      patched("NetworkPolicy", { spec: { ingress: [{}] } }, "networking.k8s.io/v1:NetworkPolicyPatch"),
      custom("CiliumNetworkPolicy", { ingress: [{}] }),
      custom("MeshTLSAuthentication", { identities: ["*"] }),
      patched("Service", { spec: { selector: { app: "other" } } }),
      patched("Pod", { metadata: { labels: { app: "other" } } }),
      patched("Deployment", template({ labels: { app: "other" } }), "apps/v1:DeploymentPatch"),
      // Like the component Injection.
      patched("StatefulSet", template({ annotations: { "linkerd.io/inject": "enabled" } }), "apps/v1:StatefulSetPatch"),
      patched("ConfigMap", { metadata: { name: "cilium-config" }, data: { "enable-policy": "never" } }),
    ),
    [
      ...["ConfigMapPatch configmap", "CustomResourcePatch ciliumnetworkpolicy"],
      ...["CustomResourcePatch meshtlsauthentication", "DeploymentPatch deployment"],
      ...["NetworkPolicyPatch networkpolicy", "PodPatch pod", "ServicePatch service", "StatefulSetPatch statefulset"],
    ],
  );
  assert.deepEqual(
    unseenOf(
      patched("Namespace", { metadata: { labels: { team: "a" } } }),
      patched("NetworkPolicy", { metadata: { name: "a", annotations: { note: "b" } } }),
      patched("DaemonSet", { metadata: { name: "a", labels: { b: "c" } } }, "apps/v1:DaemonSetPatch"),
      patched("Deployment", template({ annotations: { "team.example/x": "y" } }), "apps/v1:DeploymentPatch"),
      patched("Deployment", { spec: { replicas: 3 } }, "apps/v1:DeploymentPatch"),
      patched("ConfigMap", { metadata: { name: "own" }, data: { a: "b" } }),
      patched("Secret", { data: { a: "b" } }),
    ),
    [],
  );
});
