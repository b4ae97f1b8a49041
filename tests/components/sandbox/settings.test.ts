import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { formatPath, ProblemError } from "../../../lib/common/problem";
import { sandboxConfiguration, sandboxSettings } from "../../../lib/components/sandbox/settings";
import { defaultLoad } from "../../../lib/components/slow-cooker/workload";
import { lifetimes } from "../../../lib/linkerd/install/trust-anchors";

const projectFile = path.join(__dirname, "../../../Pulumi.yaml");
const project: { name: string; config: Record<string, Record<string, unknown>> } = parse(
  readFileSync(projectFile, "utf8"),
);
const configured = (values: Record<string, unknown>) =>
  sandboxConfiguration(
    project.name,
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${project.name}:${key}`, value])),
  );

test("Pulumi.yaml declares exactly the settings that the sandbox checks", () => {
  const declared = Object.entries(sandboxSettings).map(([key, { type, items, description, default: fallback }]) => {
    return [key, { type, ...(items && { items: { type: items } }), description, default: fallback }];
  });
  assert.deepEqual(project.config, Object.fromEntries(declared));
});

test("Pulumi.yaml's defaults give the same sandbox as no configuration", () => {
  const defaults = Object.entries(project.config).map(([key, { default: value }]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  assert.deepEqual(configured(Object.fromEntries(defaults)), configured({}));
});

test("documented defaults are the actual ones", () => {
  const { load, certificates } = sandboxSettings;
  for (const [key, value] of Object.entries(defaultLoad)) {
    assert.match(load.description, new RegExp(`^${key}: .* Default ${JSON.stringify(value)}\\.$`, "m"));
  }
  assert.match(certificates.description, new RegExp(`^trustAnchorHours: .* Default ${lifetimes.trustAnchor}\\.$`, "m"));
  assert.match(certificates.description, new RegExp(`^issuerHours: .* Default ${lifetimes.issuer}\\.$`, "m"));
  assert.match(
    certificates.description,
    new RegExp(`^issuerRenewalHours: .* Default ${lifetimes.earlyRenewal}\\.$`, "m"),
  );
});

test("a lab without a registry can be configured", () => {
  const patch = "kind: KubeletConfiguration\nfailSwapOn: false\nfeatureGates:\n  KubeletInUserNamespace: true\n";
  const args = configured({
    nodeImage: "kindnode:v1.34.4",
    kubeadmConfigPatches: JSON.stringify([patch]),
    preloadedImages: '["ghcr.io/stefanprodan/podinfo:6.14.1"]',
    artifacts: '{"images":{"digests":false}}',
    linkerdValues: '{"controlPlane":{"proxyInit":{"iptablesMode":"legacy"}}}',
  });
  assert.equal(args.nodeImage, "kindnode:v1.34.4");
  assert.deepEqual(args.kubeadmConfigPatches, [patch]);
  assert.deepEqual(args.artifacts, { images: { digests: false } });
  assert.deepEqual(args.linkerdValues, { controlPlane: { proxyInit: { iptablesMode: "legacy" } } });
});

test("reports what the parts refuse under the configuration's key", () => {
  assert.throws(
    () =>
      configured({ nodeImage: "kindest/node:v1.37.0", certificates: '{"trustAnchorHours":10,"issuerRenewalHours":5}' }),
    (error: unknown) => {
      assert.ok(error instanceof ProblemError);
      const where = error.problems.map(({ path = [] }) => formatPath(path));
      assert.deepEqual(where, ["meshfence:nodeImage", "meshfence:certificates.issuerHours"]);
      return true;
    },
  );
});

test("reports wrong keys, wrong types and refusals in one list", () => {
  const given = {
    nodeImage: "kindest/node:v1.37.0",
    clusterName: "n".repeat(70),
    workers: "many",
    clustername: "x",
    certificates: '{"trustAnchorHours":10,"issuerRenewalHours":5,"issuerHourz":1}',
    // This may be fine, depending on kubeProxy, which cannot be read.
    ciliumValues: '{"hostPort":{"enabled":true}}',
    kubeProxy: "nftables",
  };
  assert.throws(
    () => configured(given),
    (error: unknown) => {
      assert.ok(error instanceof ProblemError);
      assert.deepEqual(
        error.problems.map(({ path = [] }) => formatPath(path)),
        [
          "meshfence:clustername",
          "meshfence:workers",
          "meshfence:kubeProxy",
          "meshfence:certificates.issuerHourz",
          "meshfence:clusterName",
          "meshfence:nodeImage",
          "meshfence:certificates.issuerHours",
        ],
      );
      return true;
    },
  );
  const { kubeProxy: _, ...readable } = given;
  assert.throws(() => configured(readable), /meshfence:ciliumValues\.hostPort: .*set kubeProxy: "none"/);
});
