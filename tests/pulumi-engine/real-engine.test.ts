import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { readConfiguration } from "../../lib/plan/configuration";
import { readProject } from "../../lib/plan/project";
import { isProviderType, type PropertyValue, type Recording, withoutSecrets } from "../../lib/pulumi-engine";
import { record } from "./parts";
import { startPassThroughProvider, unknownText } from "./pass-through-provider";

const execute = promisify(execFile);
const missing =
  spawnSync("pulumi", ["version"]).error &&
  "the Pulumi CLI is not on the PATH; put it there to compare with the real engine";

/** The facts about a resource that both engines report. */
interface Seen {
  urn: string;
  parent: string;
  provider: string;
  custom: boolean;
  inputs: unknown;
  dependencies: string[];
  propertyDependencies: { [property: string]: string[] };
  additionalSecretOutputs: string[];
  deletedWith: string;
  protect: boolean;
  retainOnDelete: boolean;
}

test("the real engine previews the same: providers known", { skip: missing }, async () => {
  const program = path.join(__dirname, "fixtures", "options");
  const [real, embedded] = [await previewed(program), await recorded(program, "index.ts")];
  assert.ok(real.length >= 17, `${real.length} resources`);
  for (const [index, resource] of real.entries()) assert.deepEqual(embedded[index], resource);
  assert.equal(embedded.length, real.length);
});

test("the real engine previews the same: a cluster to be created", { skip: missing }, async () => {
  const program = path.join(__dirname, "..", "plan", "fixtures", "sandbox");
  await compareWithoutCluster(program, "index.ts", 36);
});

test("the real engine previews the same: the sandbox", { skip: missing }, async () => {
  await compareWithoutCluster(path.join(__dirname, "..", ".."), "stacks/sandbox/index.ts", 50);
});

async function compareWithoutCluster(directory: string, main: string, atLeast: number): Promise<void> {
  const real = await previewed(directory);
  const embedded = await recorded(directory, main);
  assert.ok(real.length >= atLeast, `${real.length} resources`);
  // The real engine does not call a provider that is not configured yet, so it does not know which inputs would be returned unchanged. The embedded
  // engine assumes all of them. That is the only difference.
  for (const [index, resource] of real.entries()) {
    const other = embedded[index];
    assert.deepEqual({ ...other, inputs: asKnown(other?.inputs, resource.inputs) }, resource);
  }
  assert.equal(embedded.length, real.length);
}

/** Runs `pulumi preview` of a program in a separate backend, with a provider that accepts everything unchanged. */
async function previewed(program: string): Promise<Seen[]> {
  const state = mkdtempSync(path.join(tmpdir(), "meshfence-state-"));
  after(() => rmSync(state, { recursive: true, force: true }));
  const { port, stop } = await startPassThroughProvider();
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PULUMI_DEBUG_PROVIDERS: ["kubernetes", "tls", "terraform-provider"].map((name) => `${name}:${port}`).join(","),
  };
  try {
    const options = { cwd: program, env, maxBuffer: 2 ** 26 };
    // Pulumi writes the stack's file beside the project's. In the program's folder, other tests and the next run would take it for the user's.
    const project = mkdtempSync(path.join(state, "project-"));
    copyFileSync(path.join(program, "Pulumi.yaml"), path.join(project, "Pulumi.yaml"));
    await execute("pulumi", ["stack", "init", "stack", "--non-interactive"], { ...options, cwd: project });
    const configFile = path.join(project, "Pulumi.stack.yaml");
    const stack = ["--stack", "stack", "--config-file", configFile, "--non-interactive"];
    const { stdout } = await execute("pulumi", ["preview", "--json", ...stack], options);
    assert.ok(!existsSync(path.join(program, "Pulumi.stack.yaml")), "a file was left in the program's folder");
    const { steps } = JSON.parse(stdout) as { steps: { newState: Partial<Seen> & { type: string } }[] };
    return sorted(steps.map(({ newState }) => fromPreview(newState)));
  } finally {
    stop();
  }
}

function fromPreview(state: Partial<Seen> & { type: string }): Seen {
  const { __internal: _, ...inputs } = (state.inputs ?? {}) as { [name: string]: unknown };
  return {
    urn: state.urn ?? "",
    parent: state.parent ?? "",
    provider: (state.provider ?? "").replace(/::[^:]*$/, ""),
    custom: state.custom === true,
    inputs,
    dependencies: [...(state.dependencies ?? [])].sort(),
    propertyDependencies: sortedLists(state.propertyDependencies ?? {}),
    additionalSecretOutputs: [...(state.additionalSecretOutputs ?? [])].sort(),
    deletedWith: state.deletedWith ?? "",
    protect: state.protect === true,
    retainOnDelete: state.retainOnDelete === true,
  };
}

async function recorded(directory: string, main: string): Promise<Seen[]> {
  const project = readProject(directory);
  const recording = await record(() => require(path.join(directory, main)), {
    project: project.name,
    config: readConfiguration(project, "stack", []).values,
  });
  assert.equal(recording.error, undefined);
  // `pulumi preview --json` omits default providers, except as the `provider` of others.
  return sorted(recording.registrations.filter(({ implicit }) => !implicit).map(fromRecording));
}

function fromRecording(registration: Recording["registrations"][number]): Seen {
  const version = isProviderType(registration.type) ? { version: registration.version } : {};
  return {
    urn: registration.urn,
    parent: registration.parent ?? "",
    provider: registration.provider ?? "",
    custom: registration.custom,
    inputs: shown({ ...registration.inputs, ...(version as { [name: string]: string }) }),
    dependencies: [...registration.dependencies].sort(),
    propertyDependencies: sortedLists(registration.propertyDependencies),
    additionalSecretOutputs: [...registration.additionalSecretOutputs].sort(),
    deletedWith: registration.deletedWith ?? "",
    protect: registration.protect === true,
    retainOnDelete: registration.retainOnDelete === true,
  };
}

/** As `pulumi preview --json` shows values. */
function shown(value: PropertyValue): unknown {
  const masked = withoutSecrets(value, () => "[secret]");
  return JSON.parse(JSON.stringify(masked, (_, item) => (item === "[unknown]" ? unknownText : item)));
}

/** The first value, with unknowns where the second has them. */
function asKnown(value: unknown, reference: unknown): unknown {
  if (reference === unknownText) return unknownText;
  if (typeof value !== "object" || value === null || typeof reference !== "object" || reference === null) return value;
  const known = Object.entries(value).map(([key, item]) => [
    key,
    asKnown(item, (reference as { [key: string]: unknown })[key]),
  ]);
  return Array.isArray(value) ? known.map(([, item]) => item) : Object.fromEntries(known);
}

function sorted(seen: Seen[]): Seen[] {
  return seen.sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

function sortedLists(lists: { readonly [property: string]: readonly string[] }): { [property: string]: string[] } {
  return Object.fromEntries(Object.entries(lists).map(([property, list]) => [property, [...list].sort()]));
}
