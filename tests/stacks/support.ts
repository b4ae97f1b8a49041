import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { fileOfPlan } from "../../lib/cli/input/program";
import { type Evaluated, evaluate } from "../../lib/manifests/evaluate";
import { planOf } from "../../lib/plan";
import { readConfiguration } from "../../lib/plan/configuration";
import { readProject } from "../../lib/plan/project";
import { randomName } from "../../lib/plan/random-names";
import { type Recording, run } from "../../lib/pulumi-engine";

export const root = path.join(__dirname, "../..");

/** Previews a stack of this repository with the defaults of its Pulumi.yaml, against the built library. Its modules run once per process. */
export function previewed(folder: string, assignments: readonly string[] = []): Promise<Recording> {
  const project = readProject(path.join(root, folder));
  const { values, secretKeys } = readConfiguration(project, "test", assignments);
  return run({
    project: project.name,
    stack: "test",
    mode: "preview",
    config: values,
    secretConfigKeys: secretKeys,
    respond: randomName,
    program: () => require(project.entryPoint),
  });
}

/** The stacks of this repository. */
export const stacks = [
  "sandbox",
  "existing-cluster",
  "multi-tenant",
  "egress-allow-list",
  "progressive-rollout",
] as const;
const recordings = new Map<string, Promise<Recording>>();

/** The preview of a stack whose cluster is called `production`; one run for all tests of a process. */
export async function stack(name: (typeof stacks)[number]): Promise<Recording> {
  // The sandbox uses the repository's Pulumi.yaml.
  const preview = () => (name === "sandbox" ? previewed(".") : previewed(`stacks/${name}`, ["context=production"]));
  const recording = recordings.get(name) ?? preview();
  recordings.set(name, recording);
  const { error } = await recording;
  assert.equal(error, undefined, String(error));
  return recording;
}

/** What `meshfence reach --plan --program stacks/NAME [stacks/NAME/running.json]` evaluates. */
export async function evaluated(name: (typeof stacks)[number]): Promise<Evaluated> {
  const plan = fileOfPlan({ plan: planOf(await stack(name)) });
  const running = path.join(root, "stacks", name, "running.json");
  const files = existsSync(running) ? [{ file: "running.json", text: readFileSync(running, "utf8") }] : [];
  const options = { namespace: "default" };
  return evaluate(manifestsOf([plan, ...files], options), options);
}
