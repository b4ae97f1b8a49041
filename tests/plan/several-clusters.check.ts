// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what Pulumi's YAML fills in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meshfence } from "../support/meshfence";
import { project } from "./fixture";

const provider = (name: string, kubeconfig: string) =>
  `  ${name}: {type: "pulumi:providers:kubernetes", properties: {kubeconfig: "${kubeconfig}"}}\n`;

const pod = (name: string, of?: string) =>
  `  ${name}-pod:
    type: kubernetes:core/v1:Pod
    properties:
      metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
      spec: {containers: [{name: c, image: x}]}
${of === undefined ? "" : `    options: {provider: "\${${of}}"}\n`}`;

const file = (of: string) =>
  `  file-of-${of}: {type: "kubernetes:yaml/v2:ConfigFile", properties: {file: np.yaml}, options: {provider: "\${${of}}"}}\n`;

const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
`;

const start = `name: fleet
runtime: yaml
config:
  eastern: {type: string, secret: true, default: kubeconfig of east}
  western: {type: string, secret: true, default: kubeconfig of west}
resources:
`;

const run = (resources: string, ...args: string[]) => {
  const root = project({ "Pulumi.yaml": start + resources, "np.yaml": policy });
  const { stdout, stderr, status } = meshfence(["reach", "--plan", "--program", root, "--format", "json", ...args]);
  const pods = () =>
    (JSON.parse(stdout) as { endpoints: { id: string }[] }).endpoints
      .map(({ id }) => id)
      .filter((id) => id.startsWith("shop/"));
  return { status, stderr, pods };
};

test("clusters that differ only in secrets are separate, and each has its own answer", () => {
  const resources = [
    ...[provider("east", "${eastern}"), provider("also-east", "${eastern}"), provider("west", "${western}")],
    ...[pod("a", "east"), pod("b", "also-east"), pod("c", "west"), pod("d"), file("west")],
  ].join("");
  const all = run(resources);
  assert.equal(all.status, 2);
  assert.match(all.stderr, /provider .* belongs to another cluster/);
  assert.match(
    all.stderr,
    /run it once for each cluster, with (`--provider \w+`, with )?`--provider \w+` and with `--provider \w+`/,
  );
  const of = (name: string) => {
    const { status, stderr, pods } = run(resources, "--provider", name);
    assert.equal(status, 0, stderr);
    return pods();
  };
  assert.deepEqual(of("east"), ["shop/a", "shop/b"]);
  assert.deepEqual(of("default"), ["shop/d"]);
  const none = run(resources, "--provider", "north");
  assert.equal(none.status, 2);
  assert.match(none.stderr, /no provider of Kubernetes named north; there are also-east, east, west/);
});

test("providers with equal settings are one cluster, even if the settings are secret", () => {
  const resources = [
    provider("one", "${eastern}"),
    provider("two", "${eastern}"),
    pod("a", "one"),
    pod("b", "two"),
  ].join("");
  const { status, stderr, pods } = run(resources);
  assert.equal(status, 0, stderr);
  assert.deepEqual(pods(), ["shop/a", "shop/b"]);
});
