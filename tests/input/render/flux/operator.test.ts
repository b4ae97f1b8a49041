import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import type { Manifests } from "../../../../lib/input/manifests/read";
import { policiesOf, policy, read, repository, withKustomize } from "../support";

const unseenOf = ({ unseen }: Manifests) => unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`);

const instance = (more = "") => `apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec:
  sync: {kind: GitRepository, url: https://git.example/fleet, path: clusters/prod}
${more}`;

test("a FluxInstance creates the Kustomization that it syncs with, changed by its patches", withKustomize, async () => {
  const files = { "clusters/prod/web.yaml": policy("web"), "flux/instance.yaml": instance() };
  const plain = repository(files);
  assert.deepEqual(policiesOf(await read(plain), plain), ["default/web clusters/prod/web.yaml:7"]);
  const patched = repository({
    ...files,
    "flux/instance.yaml": instance(`  kustomize:
    patches:
      - target: {kind: Kustomization, name: flux-system}
        patch: '[{"op": "add", "path": "/spec/targetNamespace", "value": "shop"}]'
`),
  });
  assert.deepEqual(policiesOf(await read(patched), patched), ["shop/web clusters/prod/web.yaml:7"]);
});

test("two FluxInstances are two clusters", withKustomize, async () => {
  const root = repository({ "a/instance.yaml": instance(), "b/instance.yaml": instance() });
  assert.deepEqual(
    (await read(root)).problems.map(({ code, object }) => [code, object]),
    [["several-clusters", "FluxInstance flux-system/flux"]],
  );
});

const set = (spec: string) => `apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: apps, namespace: flux-system}
spec:
${spec}`;

const resource = (name: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: web, namespace: "${name}"}, spec: {endpointSelector: {}, ingress: [{}]}}`;

test("a ResourceSet generates each resource for each of its inputs", async () => {
  const root = repository({
    "set.yaml": set(`  inputs: [{tenant: a}, {tenant: b}]
  resources:
    - ${resource("<< inputs.tenant >>")}
    - ${resource("same")}
  resourcesTemplate: |
    ${resource("t-<< inputs.tenant >>")}
`),
  });
  const manifests = await read(root);
  assert.deepEqual(policiesOf(manifests, root), [
    "a/web set.yaml:7",
    "b/web set.yaml:7",
    "same/web set.yaml:8",
    "t-a/web set.yaml:9",
    "t-b/web set.yaml:9",
  ]);
  assert.deepEqual(unseenOf(manifests), []);
});

test("a ResourceSet evaluates Go templates, with inputs from a static provider", async () => {
  const root = repository({
    "provider.yaml": `apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSetInputProvider
metadata: {name: more, namespace: flux-system}
spec: {type: Static, defaultValues: {tenant: c, ports: [1000000, 80]}}
`,
    "set.yaml": set(`  inputs: [{tenant: A, ports: [8080]}]
  inputsFrom: [{kind: ResourceSetInputProvider, name: more}]
  resourcesTemplate: |
    << range $index, $port := inputs.ports ->>
    ---
    ${resource("<< inputs.tenant | lower >>-<< $port >>-<< inputs.provider.name >>")}
    << end >>
`),
  });
  const manifests = await read(root);
  assert.deepEqual(policiesOf(manifests, root), [
    "a-8080-apps/web set.yaml:7",
    "c-1000000-more/web set.yaml:7",
    "c-80-more/web set.yaml:7",
  ]);
  assert.deepEqual(unseenOf(manifests), []);
});

test("a ResourceSet whose inputs or templates only the operator knows is reported as not seen", async () => {
  const cases: [string, string | RegExp][] = [
    ["  inputsFrom: [{kind: ResourceSetInputProvider, name: p}]\n", "its inputs come from a provider in the cluster"],
    [
      `  inputs: [{a: b}]\n  resources: [${resource("<< inputs.b >>")}]\n`,
      "its templates cannot be evaluated: it uses .b, which does not exist",
    ],
    [
      "  inputs: [{a: b}]\n  resourcesTemplate: '<< range inputs.a >>'\n",
      "its templates cannot be evaluated: its {{range}} has no {{end}}",
    ],
    [
      "  inputs: [{a: b}]\n  resourcesTemplate: 'a: [<< inputs.a >>'\n",
      /^its templates cannot be evaluated: its output is not YAML/,
    ],
    ["  inputs: [{a: b}]\n  inputStrategy: {name: Permute}\n", "its inputs are combined by the operator"],
  ];
  for (const [spec, reason] of cases) {
    const root = repository({ "set.yaml": set(spec) });
    const [said = "", ...others] = unseenOf(await read(root)).map((one) =>
      one.replace("ResourceSet flux-system/apps: ", ""),
    );
    if (typeof reason === "string") assert.equal(said, reason);
    else assert.match(said, reason);
    assert.deepEqual(others, []);
    assert.equal((await read(root)).unseen[0]?.file, path.join(root, "set.yaml"));
  }
});
