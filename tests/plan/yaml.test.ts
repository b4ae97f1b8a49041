// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what Pulumi's YAML fills in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOf } from "../../lib/plan/yaml/interpolation";
import { constantsOf, isComponent, typeOf } from "../../lib/plan/yaml/resource-types";
import { meshfence } from "../support/meshfence";
import { project } from "./fixture";

interface Planned {
  resources: {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    dependsOn: string[];
    provider?: string;
    component: boolean;
    source?: { file: string; line: number };
    unseen?: { reason: string };
  }[];
}

const program = `name: shop
runtime: yaml
config:
  ports: {type: array, default: [8080, 9090]}
  team: {default: red}
variables:
  labels: {app: web, team: "\${team}"}
  port: "\${ports[1]}"
resources:
  web:
    type: kubernetes:apps/v1:Deployment
    properties:
      metadata: {namespace: "\${ns.metadata.name}", name: "web-\${team}"}
      spec:
        selector: {matchLabels: "\${labels}"}
        template:
          metadata: {labels: "\${labels}", annotations: {at: "\${ns.status.phase}", plain: "$\${team}"}}
          spec: {containers: [{name: c, image: x, ports: [{containerPort: "\${port}"}]}]}
    options: {dependsOn: ["\${files}"]}
  ns:
    type: kubernetes:core/v1:Namespace
    properties: {metadata: {name: {"fn::join": ["-", [shop, "\${team}"]]}}}
  cluster:
    type: pulumi:providers:kubernetes
    defaultProvider: true
    properties: {context: staging}
  files:
    type: kubernetes:yaml/v2:ConfigFile
    properties: {file: np.yaml}
  fence: {type: "meshfence:Fence", properties: {edges: []}}
  token: {type: "random:RandomPassword", properties: {length: 8}}
  policy:
    type: kubernetes:apiextensions.k8s.io:CustomResource
    properties: {apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {}}}
outputs: {name: "\${ns.metadata.name}"}
`;

const manifest = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop-red}
spec: {podSelector: {}}
`;

test("plans a YAML program without its language host", () => {
  const root = project({ "Pulumi.yaml": program, "np.yaml": manifest });
  const { stdout, stderr, status } = meshfence(["plan", "--program", root, "--format", "json"]);
  assert.equal(status, 0, stderr);
  const { resources } = JSON.parse(stdout) as Planned;
  const planned = (name: string) => {
    const found = resources.find((one) => one.name === name);
    assert.ok(found, name);
    return found;
  };
  assert.deepEqual(resources.map(({ type, name, component }) => `${type} ${name}${component ? " *" : ""}`).sort(), [
    "kubernetes:apps/v1:Deployment web",
    "kubernetes:cilium.io/v2:CiliumNetworkPolicy policy",
    "kubernetes:core/v1:Namespace ns",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy files:shop-red/deny",
    "kubernetes:yaml/v2:ConfigFile files *",
    "meshfence:index:Fence fence *",
    "pulumi:providers:kubernetes cluster",
    "random:index/randomPassword:RandomPassword token",
  ]);
  const web = planned("web");
  assert.deepEqual(
    [web.inputs.apiVersion, web.inputs.kind, web.source],
    ["apps/v1", "Deployment", { file: "Pulumi.yaml", line: 10 }],
  );
  const { metadata, spec } = web.inputs as {
    metadata: unknown;
    spec: { template: { metadata: { annotations: Record<string, string> }; spec: unknown } };
  };
  assert.deepEqual(metadata, { name: "web-red", namespace: "shop-red" });
  assert.equal(spec.template.metadata.annotations.plain, "${team}");
  assert.match(spec.template.metadata.annotations.at ?? "", /^\[/);
  assert.deepEqual(spec.template.spec, { containers: [{ image: "x", name: "c", ports: [{ containerPort: 9090 }] }] });
  assert.deepEqual(web.dependsOn.map((urn) => urn.split("::").at(-1)).sort(), ["files", "ns"]);
  assert.match(String(web.provider), /::cluster$/);
  assert.deepEqual(planned("files:shop-red/deny").source, { file: "np.yaml", line: 1 });
  assert.match(planned("fence").unseen?.reason ?? "", /made by the provider of meshfence:index:Fence/);
});

// More errors: yaml.check.ts.
test("a stack's configuration and a program's errors are as in Pulumi", () => {
  const said = (text: string, ...args: string[]) => {
    const root = project({ "Pulumi.yaml": text, "np.yaml": manifest });
    const { stdout, stderr } = meshfence(["plan", "--program", root, "--format", "json", ...args]);
    return stdout === "" ? stderr : stdout;
  };
  assert.match(said(program, "--config", "team=blue"), /"name": "web-blue"/);
  const cases: [string, string, RegExp][] = [
    ["${labels}", "${nobody}", /nothing is called nobody/],
    ["default: red", "type: string", /the configuration shop:team is not set; give it with --config team=VALUE/],
    ["runtime: yaml", "runtime: {name: yaml, options: {compiler: cue export}}", /made by the compiler "cue export"/],
  ];
  for (const [before, after, says] of cases) assert.match(said(program.replace(before, after)), says, after);
});

test("resolves interpolated names and the types that Pulumi's YAML has", () => {
  assert.deepEqual(partsOf('a ${b.c[0]["d.e"]} $${f} $g'), ["a ", { name: "b", members: ["c", 0, "d.e"] }, " ${f} $g"]);
  assert.throws(() => partsOf("${}"), /names nothing/);
  assert.throws(() => partsOf("${ports[1]"), /does not end/);
  assert.equal(typeOf("random:RandomId", {}), "random:index/randomId:RandomId");
  assert.equal(typeOf("meshfence:Cilium", {}), "meshfence:index:Cilium");
  assert.equal(typeOf("aws:s3/bucket:Bucket", {}), "aws:s3/bucket:Bucket");
  assert.deepEqual(constantsOf("kubernetes:core/v1:NamespacePatch"), { apiVersion: "v1", kind: "Namespace" });
  assert.deepEqual(constantsOf("kubernetes:helm.sh/v3:Release"), {});
  assert.deepEqual(
    ["kubernetes:helm.sh/v4:Chart", "eks:index:Cluster", "own:index:X", "aws:index:X"].map((type) =>
      isComponent(type, new Set(["own"])),
    ),
    [true, true, true, false],
  );
});
