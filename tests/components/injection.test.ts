import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import { Linkerd } from "../../lib/components/linkerd";
import { Injection, type InjectionArgs } from "../../lib/components/linkerd/injection";
import { holdBack } from "../../lib/pulumi-engine";
import { bothModes, failure, inputs, only, recorded } from "../support/recorded";

const provider = () => new k8s.Provider("cluster", { kubeconfig: "{}" });
const injected = (args: InjectionArgs) => () => void new Injection("shop", args, { provider: provider() });

for (const mode of bothModes) {
  test(`${mode}: annotates the namespace and restarts the workloads`, async () => {
    const recording = await recorded(
      injected({
        namespace: "shop",
        deployments: ["web"],
        statefulSets: ["db"],
        daemonSets: ["logs"],
        podAnnotations: { "meshfence.dev/trust-anchors": "1,2" },
      }),
      { mode },
    );
    assert.deepEqual(inputs(only(recording, "kubernetes:core/v1:NamespacePatch")).metadata, {
      name: "shop",
      annotations: { "linkerd.io/inject": "enabled" },
    });
    for (const [kind, name] of [
      ["DeploymentPatch", "web"],
      ["StatefulSetPatch", "db"],
      ["DaemonSetPatch", "logs"],
    ]) {
      const patch = only(recording, `kubernetes:apps/v1:${kind}`);
      assert.deepEqual(inputs(patch).metadata, { name, namespace: "shop" });
      assert.deepEqual(inputs(patch).spec, {
        template: {
          metadata: { annotations: { "meshfence.dev/trust-anchors": "1,2", "linkerd.io/inject": "enabled" } },
        },
      });
      assert.equal(patch.parent, only(recording, "meshfence:index:Injection").urn);
      assert.equal(patch.provider, only(recording, "pulumi:providers:kubernetes").urn);
    }
  });
}

test("exposes its patches, for those who depend on one of them", async () => {
  const program = () => {
    const options = { provider: provider() };
    const args = { namespace: "shop", daemonSets: ["logs"], deployments: ["web", "cart"] };
    const shop = new Injection("shop", args, options);
    const database = new Injection(
      "database",
      { namespace: "database", annotateNamespace: false, statefulSets: ["db"] },
      options,
    );
    return {
      shop: [shop.namespacePatch, ...shop.workloadPatches].map((patch) => patch?.urn),
      database: [database.namespacePatch, ...database.workloadPatches].map((patch) => patch?.urn),
    };
  };
  const { outputs } = await recorded(program);
  const names = (urns: unknown) => (urns as (string | undefined)[]).map((urn) => urn?.split("::").at(-1) ?? null);
  assert.deepEqual(names(outputs.shop), [
    "shop-namespace",
    "shop-deployment-web",
    "shop-deployment-cart",
    "shop-daemonset-logs",
  ]);
  assert.deepEqual(names(outputs.database), [null, "database-statefulset-db"]);
});

test("patches nothing before injection is proven", async () => {
  const program = () => {
    const opts = { provider: provider() };
    const linkerd = new Linkerd("linkerd", {}, opts);
    const args = { namespace: "shop", deployments: ["web"], podAnnotations: linkerd.podAnnotations };
    new Injection("shop", args, { ...opts, dependsOn: linkerd });
  };
  const options = { project: "meshfence", stack: "test", transport: "direct" as const, program };
  const { before, after } = await holdBack(options, ({ name }) => name === "linkerd-tap-injection-deployment");
  assert.deepEqual(
    before.filter(({ name }) => name.startsWith("shop")),
    [],
  );
  assert.ok(after.some(({ type }) => type === "kubernetes:apps/v1:DeploymentPatch"));
});

test("takes over others' annotations only with force", async () => {
  const recording = await recorded(
    injected({ namespace: "shop", annotateNamespace: false, deployments: ["web"], force: true }),
  );
  const { metadata } = inputs(only(recording, "kubernetes:apps/v1:DeploymentPatch"));
  assert.deepEqual((metadata as { annotations: object }).annotations, { "pulumi.com/patchForce": "true" });
  assert.ok(recording.registrations.every(({ type }) => !type.endsWith("NamespacePatch")));
});

test("refuses what could never be meshed", async () => {
  assert.match(await failure(injected({ namespace: "kube-system" })), /Linkerd's injector skips kube-system/);
  const message = await failure(injected({ namespace: "Shop", deployments: ["web", "web"], statefulSets: ["my_db"] }));
  assert.match(message, /Injection: 3 problems/);
  assert.match(message, /namespace: "Shop" is not a name.*e\.g\. "shop"/);
  assert.match(message, /deployments\[1\]: "web" is there twice/);
  assert.match(message, /statefulSets\[0\]: "my_db".*e\.g\. "my-db"/);
  assert.match(await failure(injected({ namespace: "shop", annotateNamespace: false })), /nothing to mesh/);
});
