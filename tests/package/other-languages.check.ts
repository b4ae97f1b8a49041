import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { markdownFiles } from "../docs/markdown";
import { publishedSchema } from "../plugin/registry-facts";

/**
 * lib/plugin through Pulumi's own command: its schema, its Python SDK, and a program in YAML that uses it. Each needs a part of Pulumi's
 * installation; what this machine lacks is skipped and said, or with MESHFENCE_CHECK_ALL, as in CI, an error.
 */

const root = path.join(__dirname, "../..");
const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), "meshfence-plugin-")));
const plugin = path.join(scratch, "lib/plugin");
const schema = path.join(root, "lib/plugin/schema.json");
const environment = {
  ...process.env,
  PULUMI_BACKEND_URL: `file://${scratch}/state`,
  PULUMI_CONFIG_PASSPHRASE: "",
  PULUMI_SKIP_UPDATE_CHECK: "true",
};

before(() => {
  // Without its install script, which would install into this repository while it is being tested.
  cpSync(path.join(root, "lib"), path.join(scratch, "lib"), { recursive: true });
  cpSync(path.join(root, "tsconfig.json"), path.join(scratch, "tsconfig.json"));
  for (const folder of ["dist", "node_modules"]) symlinkSync(path.join(root, folder), path.join(scratch, folder));
  const { scripts: _, ...manifest } = JSON.parse(readFileSync(path.join(plugin, "package.json"), "utf8"));
  writeFileSync(path.join(plugin, "package.json"), JSON.stringify(manifest));
  mkdirSync(path.join(scratch, "state"));
});

after(() => rmSync(scratch, { recursive: true, force: true }));

test("the committed schema is what Pulumi's command gives, byte for byte, with what the Pulumi Registry shows beside it", (context) => {
  if (lacks(context, "pulumi", "pulumi-language-nodejs")) return;
  const given = JSON.parse(succeed("pulumi", ["package", "get-schema", plugin], scratch));
  const expected = `${JSON.stringify(publishedSchema(given), null, 2)}\n`;
  assert.ok(expected === readFileSync(schema, "utf8"), "it is out of date: npm run schema");
});

test("the Python SDK that Pulumi's command generates declares a policy", (context) => {
  if (lacks(context, "pulumi", "pulumi-language-python", "python3")) return;
  succeed(
    "pulumi",
    ["package", "gen-sdk", "--language", "python", "--out", path.join(scratch, "sdk"), schema],
    scratch,
  );
  const sdk = path.join(scratch, "sdk/python");
  succeed("python3", ["-m", "compileall", "-q", sdk], scratch);
  const needed = "import pulumi, parver, setuptools";
  if (spawnSync("python3", ["-c", needed]).status !== 0) return skip(context, `Python that can "${needed}"`);
  // The SDK asks for the version under which it was installed.
  succeed("python3", ["setup.py", "-q", "egg_info"], sdk);
  const registered = succeed("python3", ["-c", pythonProgram], scratch, { PYTHONPATH: sdk });
  assert.deepEqual(JSON.parse(registered), {
    type: "meshfence:index:NetworkPolicy",
    inputs: {
      name: "web",
      namespace: "shop",
      endpointSelector: { matchLabels: { app: "web" } },
      ingress: [
        {
          from: [{ kind: "endpoints", endpoints: { matchLabels: { app: "client" } } }],
          ports: [{ number: 80, protocol: "TCP" }],
        },
      ],
    },
  });
});

const pythonProgram = `
import json
import pulumi

class Monitor(pulumi.runtime.Mocks):
    def new_resource(self, args):
        print(json.dumps({"type": args.typ, "inputs": args.inputs}))
        return ["id", args.inputs]
    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Monitor())
import meshfence_meshfence as meshfence

@pulumi.runtime.test
def program():
    policy = meshfence.NetworkPolicy(
        "web",
        name="web",
        namespace="shop",
        endpoint_selector=meshfence.EndpointSelectorArgs(match_labels={"app": "web"}),
        ingress=[meshfence.IngressTrafficArgs(
            from_=[meshfence.IngressPeerArgs(
                kind=meshfence.IngressPeerKind.ENDPOINTS,
                endpoints=meshfence.EndpointSelectorArgs(match_labels={"app": "client"}),
            )],
            ports=[meshfence.PortArgs(number=80, protocol=meshfence.Protocol.TCP)],
        )],
    )
    return policy.urn.apply(lambda _: None)

program()
`;

test("a program in Python is planned by Pulumi's own language host", (context) => {
  if (lacks(context, "pulumi-language-python", "python3")) return;
  const needed = "import pulumi, pulumi_kubernetes";
  if (spawnSync("python3", ["-c", needed]).status !== 0) return skip(context, `Python that can "${needed}"`);
  const folder = path.join(scratch, "planned");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\nruntime: python\nconfig: {team: {default: red}}\n");
  writeFileSync(path.join(folder, "__main__.py"), plannedProgram);
  const command = path.join(root, "dist", "cli", "main.js");
  const plan = JSON.parse(
    succeed(process.execPath, [command, "plan", "--program", folder, "--format", "json"], folder),
  );
  assert.deepEqual(
    plan.resources.map(({ type, inputs, source }: { type: string; inputs: unknown; source: unknown }) => [
      type,
      (inputs as { metadata: unknown }).metadata,
      source,
    ]),
    [["kubernetes:core/v1:Namespace", { name: "shop-red" }, { file: "__main__.py", line: 4 }]],
  );
});

const plannedProgram = `import pulumi
import pulumi_kubernetes as kubernetes

kubernetes.core.v1.Namespace("shop", metadata={"name": "shop-" + pulumi.Config().require("team")})
`;

test("the program in YAML that the documents show previews its policies on Pulumi's own engine", (context) => {
  if (lacks(context, "pulumi", "pulumi-language-nodejs", "pulumi-language-yaml")) return;
  const folder = path.join(scratch, "program");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "Pulumi.yaml"), yamlProgram());
  succeed("pulumi", ["stack", "init", "test"], folder);
  succeed("pulumi", ["config", "set", "context", "nowhere"], folder);
  succeed("pulumi", ["config", "set", "--secret", "kubeconfig", "--", kubeconfig], folder);
  const preview = JSON.parse(succeed("pulumi", ["preview", "--json", "--non-interactive"], folder)) as {
    steps: { newState: { type: string; inputs?: { metadata?: { name?: string }; spec?: unknown } } }[];
  };
  const states = preview.steps.map(({ newState }) => newState);
  const policies = states.filter(({ type }) => type === "kubernetes:cilium.io/v2:CiliumNetworkPolicy");
  assert.deepEqual(policies.map(({ inputs }) => inputs?.metadata?.name).sort(), ["client-egress", "web-ingress"]);
  assert.match(JSON.stringify(policies), /"toPorts":\[\{"ports":\[\{"port":"8080","protocol":"TCP"\}\]\}\]/);
  assert.equal(states.filter(({ type }) => type === "kubernetes:apps/v1:DeploymentPatch").length, 2);
});

/** That of docs/other-languages.md, with the package of this repository. */
function yamlProgram(): string {
  const document = markdownFiles().find(({ name }) => name === "docs/other-languages.md");
  const program = document?.blocks.find(({ language, text }) => language === "yaml" && /^runtime: yaml$/m.test(text));
  assert.ok(program);
  const local = program.text.replace(/^( +meshfence: )github\.com.*$/m, "$1../lib/plugin");
  assert.notEqual(local, program.text);
  return local;
}

/** Nobody answers there: a preview needs nobody. */
const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:1" } }],
  contexts: [{ name: "nowhere", context: { cluster: "nowhere", user: "nobody" } }],
  users: [{ name: "nobody", user: {} }],
});

function lacks(context: TestContext, ...commands: string[]): boolean {
  const missing = commands.filter((command) => spawnSync("which", [command]).status !== 0);
  if (missing.length > 0) skip(context, missing.join(", "));
  return missing.length > 0;
}

function skip(context: TestContext, missing: string): void {
  assert.ok(process.env.MESHFENCE_CHECK_ALL === undefined, `missing here: ${missing}`);
  context.skip(`missing here: ${missing}`);
}

function succeed(command: string, args: string[], cwd: string, variables: NodeJS.ProcessEnv = {}): string {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...environment, ...variables },
    maxBuffer: 2 ** 26,
  });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}
