import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const unseenOf = (...texts: string[]) => {
  const { unseen, problems } = readManifests(texts.map((text, index) => ({ file: `${index}.yaml`, text })));
  assert.deepEqual(problems, []);
  return unseen.map(({ object }) => object);
};
const object = (apiVersion: string, kind: string, spec: string) =>
  `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: it, namespace: shop}, ${spec}}`;
const kyverno = (rule: string) => object("kyverno.io/v1", "ClusterPolicy", `spec: {rules: [{name: r, ${rule}}]}`);
const match = (kind: string) => `match: {any: [{resources: {kinds: [${kind}]}}]}`;
const admission = "admissionregistration.k8s.io/v1";
const webhook = (resource: string) =>
  object(
    admission,
    "MutatingWebhookConfiguration",
    `webhooks: [{name: a.b.c, rules: [{apiGroups: ['*'], resources: [${resource}]}]}]`,
  );
const mutating = (resource: string, expression: string) =>
  object(
    `${admission}beta1`,
    "MutatingAdmissionPolicy",
    `spec: {matchConstraints: {resourceRules: [{resources: [${resource}]}]}, mutations: [{applyConfiguration: {expression: '${expression}'}}]}`,
  );
const inner =
  "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: open}, spec: {endpointSelector: {}, ingress: [{}]}}";

const composition = (...steps: string[]) =>
  object("apiextensions.crossplane.io/v1", "Composition", `spec: {mode: Pipeline, pipeline: [${steps.join(", ")}]}`);
const step = (name: string, input = "{}") => `{step: a, functionRef: {name: ${name}}, input: ${input}}`;
const bucket = "{apiVersion: s3.aws.upbound.io/v1beta1, kind: Bucket, metadata: {name: b}}";

const seen: Readonly<Record<string, string>> = {
  "a rule that only validates": kyverno(`${match("Pod")}, validate: {pattern: {metadata: {labels: {a: '?*'}}}}`),
  "a rule that changes Secrets": kyverno(
    `${match("Secret")}, mutate: {patchStrategicMerge: {metadata: {labels: {a: b}}}}`,
  ),
  "a rule that generates Secrets": kyverno(`${match("Namespace")}, generate: {apiVersion: v1, kind: Secret, name: s}`),
  "a rule that changes the DNS policy of pods": kyverno(
    `${match("Pod")}, mutate: {patchStrategicMerge: {spec: {dnsPolicy: Default}}}`,
  ),
  "a mutation of ConfigMaps": mutating("configmaps", "Object{metadata: Object.metadata{}}"),
  "a rule with a variable as a value": kyverno(
    `${match("Pod")}, mutate: {patchStrategicMerge: {spec: {priorityClassName: '{{ class }}'}}}`,
  ),
  "a mutation of images by Karmada": object(
    "policy.karmada.io/v1alpha1",
    "OverridePolicy",
    "spec: {resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}], overrideRules: [{overriders: {imageOverrider: [{component: Registry, operator: replace, value: r.example}]}}]}",
  ),
  "a validation by Kubewarden": object(
    "policies.kubewarden.io/v1",
    "ClusterAdmissionPolicy",
    "spec: {mutating: false, rules: [{resources: [ciliumnetworkpolicies]}]}",
  ),
  "roles that HNC copies into child namespaces": object(
    "hnc.x-k8s.io/v1alpha2",
    "HNCConfiguration",
    "spec: {resources: [{group: rbac.authorization.k8s.io, resource: roles, mode: Propagate}]}",
  ),
  "a composition of buckets": composition(
    step("function-patch-and-transform", `{kind: Resources, resources: [{name: b, base: ${bucket}}]}`),
    step("function-go-templating", '{inline: {template: "apiVersion: s3.aws.upbound.io/v1\\nkind: Bucket\\n"}}'),
    step("crossplane-contrib-function-auto-ready"),
  ),
  "a webhook for its own kinds": webhook("certificates"),
  "a reference to a workload": object(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}",
  ),
  "a manifest of another kind inside": object(
    "x.io/v1",
    "Wrapper",
    "spec: {manifest: {apiVersion: v1, kind: Secret, metadata: {name: s}}}",
  ),
};
for (const [what, text] of Object.entries(seen))
  test(`reports nothing as missing for ${what}`, () => assert.deepEqual(unseenOf(text), []));

const unseen: Readonly<Record<string, string>> = {
  "a rule that labels pods": kyverno(
    `${match("Pod")}, mutate: {patchStrategicMerge: {metadata: {labels: {app: admin}}}}`,
  ),
  "a JSON patch for a kind with its group and version": kyverno(
    `${match("apps/v1/Deployment")}, mutate: {patchesJson6902: '- {op: add, path: /metadata/labels/a, value: b}'}`,
  ),
  "a rule that changes policies": kyverno(
    `${match("'cilium.io/*/*'")}, mutate: {patchStrategicMerge: {spec: {description: x}}}`,
  ),
  "a rule that generates policies": kyverno(
    `${match("Namespace")}, generate: {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, name: a}`,
  ),
  "a cleanup of policies": object("kyverno.io/v2", "ClusterCleanupPolicy", `spec: {${match("CiliumNetworkPolicy")}}`),
  "a mutation of namespaces": mutating("namespaces", "Object{}"),
  "a mutation of pods' labels": mutating("pods", "Object{metadata: Object.metadata{labels: Object.metadata.labels{}}}"),
  "a mutation of policies": mutating("networkpolicies", "Object{}"),
  "labels that Gatekeeper assigns": object(
    "mutations.gatekeeper.sh/v1",
    "AssignMetadata",
    "spec: {location: metadata.labels.app}",
  ),
  "a webhook for policies": webhook("ciliumnetworkpolicies"),
  "a mutation of pods that builds its patch in a variable": object(
    `${admission}beta1`,
    "MutatingAdmissionPolicy",
    `spec: {matchConstraints: {resourceRules: [{resources: [pods]}]}, variables: [{name: patch, expression: '[JSONPatch{op: "add", path: "/metadata/labels/app", value: "a"}]'}], mutations: [{jsonPatch: {expression: variables.patch}}]}`,
  ),
  "a mutation of pods by its parameters": mutating("pods", "params.spec.patch"),
  "a mutation of pods by another object": object(
    "policies.kyverno.io/v1",
    "MutatingPolicy",
    `spec: {matchConstraints: {resourceRules: [{resources: [pods]}]}, variables: [{name: p, expression: 'resource.Get("v1", "configmaps", "shop", "p")'}], mutations: [{jsonPatch: {expression: variables.p.data}}]}`,
  ),
  "a JSON patch whose path is a variable": kyverno(
    `${match("Pod")}, mutate: {patchesJson6902: '[{op: add, path: "/{{ member }}/a", value: b}]'}`,
  ),
  "a patch that is a variable": kyverno(`${match("Pod")}, mutate: {patchStrategicMerge: '{{ patch }}'}`),
  "a composition whose template has a policy": composition(
    step("function-go-templating", '{inline: {template: "apiVersion: cilium.io/v2\\nkind: CiliumNetworkPolicy\\n"}}'),
  ),
  "a composition whose program has a policy": composition(
    step("function-kcl", `{spec: {source: 'items = [{kind = "NetworkPolicy"}]'}}`),
  ),
  "a composition with an unknown function": composition(step("function-auto-ready"), step("ours")),
  "overrides of policies by Karmada": object(
    "policy.karmada.io/v1alpha1",
    "ClusterOverridePolicy",
    "spec: {resourceSelectors: [{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy}], overrideRules: [{overriders: {plaintext: [{path: /spec/ingress, operator: replace}]}}]}",
  ),
  "overrides of everything by Karmada": object(
    "policy.karmada.io/v1alpha1",
    "OverridePolicy",
    "spec: {overrideRules: [{overriders: {plaintext: [{path: /spec/ingress, operator: replace}]}}]}",
  ),
  "a mutation of policies by Kubewarden": object(
    "policies.kubewarden.io/v1",
    "ClusterAdmissionPolicy",
    "spec: {mutating: true, rules: [{resources: [ciliumnetworkpolicies]}]}",
  ),
  "policies that HNC copies into child namespaces": object(
    "hnc.x-k8s.io/v1alpha2",
    "HNCConfiguration",
    "spec: {resources: [{group: networking.k8s.io, resource: networkpolicies, mode: Propagate}]}",
  ),
  "a policy inside another object": object(
    "work.karmada.io/v1alpha1",
    "Work",
    `spec: {workload: {manifests: [${inner}]}}`,
  ),
  "a policy inside a template": object("template.openshift.io/v1", "Template", `objects: [${inner}]`),
  "an object that applies manifests from elsewhere": object(
    "addons.cluster.x-k8s.io/v1beta1",
    "ClusterResourceSet",
    "spec: {}",
  ),
};
for (const [what, text] of Object.entries(unseen))
  test(`reports what is missing: ${what}`, () => assert.equal(unseenOf(text).length, 1));

test("reports a custom resource whose definition does not serve its version", () => {
  const definition = (served: boolean) =>
    `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: x}, spec: {group: cilium.io, names: {kind: CiliumNetworkPolicy}, versions: [{name: v2, served: ${served}}]}}`;
  const policy = inner.replace("name: open", "name: open, namespace: shop");
  assert.deepEqual(unseenOf(definition(false), policy), ["CiliumNetworkPolicy shop/open"]);
  assert.deepEqual(unseenOf(definition(true), policy), []);
});
