import assert from "node:assert/strict";
import { test } from "node:test";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { isObject, readObject } from "../../lib/plan/kubernetes/read-object";
import { unknown } from "../../lib/pulumi-engine";
import { find, record } from "../pulumi-engine/parts";
import { meshfence } from "../support/meshfence";
import { project } from "./fixture";

test("of an object read from the cluster, only name and namespace are known", async () => {
  const recording = await record(
    () => {
      const provider = new kubernetes.Provider("cluster", {});
      const shop = kubernetes.core.v1.Namespace.get("shop", "shop", { provider });
      const db = kubernetes.core.v1.Service.get("db", "data/db", { provider });
      const release = kubernetes.helm.v3.Release.get("release", "data/release", { provider });
      const data: Record<string, pulumi.Input<string>> = {
        names: [shop.metadata.name, db.metadata.namespace, db.metadata.name] as unknown as pulumi.Input<string>,
        made: shop.metadata.name.apply((name) => `${name}-admin`),
        labels: shop.metadata.labels.apply((labels) => labels?.team ?? "none"),
        metadata: shop.metadata.apply(({ labels }) => JSON.stringify(labels)),
        spec: db.spec.clusterIP,
        release: release.namespace,
      };
      new kubernetes.core.v1.ConfigMap("config", { data });
    },
    { mode: "preview", respond: readObject },
  );
  assert.equal(recording.error, undefined);
  assert.deepEqual(find(recording, "config").inputs.data, {
    names: ["shop", "data", "db"],
    made: "shop-admin",
    ...{ labels: unknown, metadata: unknown, spec: unknown, release: unknown },
  });
});

test("distinguishes Kubernetes objects from resources that create them", () => {
  for (const type of ["core/v1:Namespace", "cilium.io/v2:CiliumNetworkPolicy", "apps/v1beta1:Deployment"])
    assert.equal(isObject(`kubernetes:${type}`), true, type);
  for (const type of ["helm.sh/v3:Release", "yaml/v2:ConfigFile", "kustomize/v2:Directory", "yaml:ConfigFile"])
    assert.equal(isObject(`kubernetes:${type}`), false, type);
});

test("a YAML program knows name and namespace of an object it reads, too", () => {
  const program = `name: shop
runtime: yaml
resources:
  ns: {type: "kubernetes:core/v1:Namespace", get: {id: shop}}
  db: {type: "kubernetes:core/v1:Service", get: {id: data/db}}
  config:
    type: kubernetes:core/v1:ConfigMap
    properties:
      metadata: {name: "\${db.metadata.name}", namespace: "\${ns.metadata.name}"}
      data: {id: "\${ns.id}", from: "\${db.metadata.namespace}", labels: "\${ns.metadata.labels}", ip: "\${db.spec.clusterIP}"}
`;
  const root = project({ "Pulumi.yaml": program });
  const { stdout, stderr } = meshfence(["plan", "--program", root, "--format", "json"]);
  const { resources } = JSON.parse(stdout || "{}") as { resources?: { inputs: Record<string, unknown> }[] };
  const { metadata, data } = resources?.[0]?.inputs ?? {};
  assert.deepEqual([metadata, stderr], [{ name: "db", namespace: "shop" }, ""]);
  assert.deepEqual(data, { id: "shop", from: "data", labels: "[unknown]", ip: "[unknown]" });
});
