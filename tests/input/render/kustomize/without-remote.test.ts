// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what Flux replaces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { withoutRemote } from "../../../../lib/input/render/kustomize/without-remote";
import { deployment, endpointsOf, policy, read, repository, withKustomize } from "../support";

const address = "https://127.0.0.1:9/owner/repo//base?ref=v1";

test("removes remote references from a kustomization, wherever they are", () => {
  const kustomization = {
    namePrefix: "a-",
    resources: [address, "here.yaml"],
    patches: [{ path: address }, { path: "here.yaml" }, { patch: "inline" }],
    openapi: { path: address },
    configMapGenerator: [
      { name: "a", files: [`key=${address}`, "key=here.json"], envs: [address], env: address, literals: ["a=b"] },
    ],
    helmCharts: [{ name: "far" }, { name: "near" }],
  };
  const isLeftOut = (one: unknown) => one === address || (one as { name?: unknown } | undefined)?.name === "far";
  assert.deepEqual(withoutRemote(kustomization, isLeftOut), {
    namePrefix: "a-",
    resources: ["here.yaml"],
    patches: [{ path: "here.yaml" }, { patch: "inline" }],
    configMapGenerator: [{ name: "a", files: ["key=here.json"], envs: [], literals: ["a=b"] }],
    helmCharts: [{ name: "near" }],
  });
});

test(
  "builds the local part of a kustomization, and of one that it uses, and names its remote references",
  withKustomize,
  async () => {
    const root = repository({
      "kustomization.yaml": "namespace: shop\nnamePrefix: live-\nresources: [inner]\n",
      "inner/kustomization.yaml": `resources: [web.yaml, "${address}"]
configMapGenerator: [{name: board, files: ["a.json=https://127.0.0.1:9/a.json"]}]
`,
      "inner/web.yaml": deployment("web"),
    });
    const manifests = await read(root);
    assert.deepEqual(endpointsOf(manifests), ["shop/live-web"]);
    assert.deepEqual(manifests.unseen.map(reasonOfUnseen), [
      `it uses resources that are not in the repository: ${address}, https://127.0.0.1:9/a.json`,
    ]);
  },
);

const flux = (name: string, spec: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec: {sourceRef: {kind: GitRepository, name: flux-system}, ${spec}}
`;

/** A Kustomization that applies itself and passes variables to the others that it applies, as `flux bootstrap` creates it. */
const cluster = (resources: string, more = "") => ({
  "flux/kustomization.yaml": `resources: [sync.yaml, apps.yaml${resources}]\n`,
  "flux/sync.yaml": flux(
    "flux-system",
    `path: ./flux, patches: [{target: {kind: Kustomization}, patch: '[{"op": "add", "path": "/spec/postBuild/substituteFrom", "value": [{"kind": "Secret", "name": "secrets"}]}]'}${more}], postBuild: {substitute: {A: "1"}}`,
  ),
  "flux/apps.yaml": flux("apps", 'path: ./apps, postBuild: {substitute: {B: "2"}}'),
  "apps/web.yaml": policy("web", '[{fromCIDRSet: [{cidr: "${LAN}/32"}]}]'),
});

test(
  "applies the patches of a Kustomization that applies itself, and names its remote references",
  withKustomize,
  async () => {
    const { unseen, problems } = await read(repository(cluster(`, "${address}"`)));
    assert.deepEqual(
      unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`),
      [
        "CiliumNetworkPolicy web: a part of it depends on ${LAN}, which is not known",
        "Kustomization flux-system/apps: some of its variables are not known: those from Secret secrets",
        `Kustomization flux-system/flux-system: it uses resources that are not in the repository: ${address}`,
      ],
    );
    assert.deepEqual(problems, []);
  },
);

test("where patches cannot be applied, a variable without a value does not become empty", withKustomize, async () => {
  const files = cluster("", ", {path: https://127.0.0.1:9/patch.yaml}, {target: {kind: Kustomization}, patch: no}");
  for (const mode of ["auto", "never"] as const) {
    const { unseen, problems } = await read(repository(files), mode);
    assert.deepEqual(problems, [], mode);
    const said = unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`).join("\n");
    assert.match(said, /web: a part of it depends on \$\{LAN\}/, mode);
    if (mode === "auto")
      assert.match(said, /flux-system\/flux-system: it uses resources that are not in the repository/);
  }
});

test(
  "files above a Kustomization's folder stay readable beside a transformer, unless it may read files itself",
  withKustomize,
  async () => {
    const files = (transformer: string) => ({
      "ks.yaml": flux("apps", "path: ./apps/one"),
      "apps/one/kustomization.yaml": `resources: [../web.yaml]\ntransformers:\n  - |\n    apiVersion: builtin\n    metadata: {name: t, namespace: shop}\n    ${transformer}\n`,
      "apps/web.yaml": deployment("web"),
    });
    const { workloads, unseen } = await read(repository(files("kind: NamespaceTransformer")));
    assert.deepEqual([workloads.map(({ endpoint }) => endpoint.id), unseen], [["shop/web"], []]);
    for (const transformer of [
      "kind: PatchTransformer\n    path: /etc/hostname",
      "kind: NamespaceTransformer\n    kind: PatchTransformer\n    path: /etc/hostname",
    ]) {
      const refused = await read(repository(files(transformer)));
      assert.match(refused.unseen.map(reasonOfUnseen).join(), /kustomize fails/, transformer);
    }
  },
);
