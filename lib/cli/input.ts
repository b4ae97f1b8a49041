import { readFileSync } from "node:fs";
import { policyNamespace } from "../cilium/policy/entries";
import { formatProblem, type Problem, ProblemError } from "../common/problem";
import type { Unseen } from "../common/unseen";
import { readFiles } from "../input/files/files";
import type { LocatedPolicy } from "../input/manifests/policies";
import type { PolicyObject } from "../input/manifests/policy-objects";
import { type Manifests, readManifests, type TextFile } from "../input/manifests/read";
import { readScenario } from "../input/manifests/scenario-file";
import type { LocatedComment, rememberingReader } from "../input/manifests/yaml";
import { makesOthers } from "../input/render/hints";
import { type SourceTree, workingTree } from "../input/render/tree";
import { withRepresentatives } from "../input/scenario/representatives";
import { scenarioOf } from "../input/scenario/scenario";
import type { PlanOptions } from "../plan/plan-program";
import { compile } from "../reachability/compile";
import type { Reachability, RefusedPolicy } from "../reachability/verdict";
import type { RefusedNote } from "../report/report";
import type { Scenario } from "../scenario/scenario";
import { type InputOptions, limitsOf, readsCluster } from "./input-options";
import { say } from "./print";

/** One state of affairs, ready to be asked. */
export interface Evaluated {
  policies: readonly LocatedPolicy[];
  scenario: Scenario;
  reachability: Reachability;
  refused: RefusedNote[];
  problems: Problem[];
  /** What is named and not taken into account. */
  unseen: readonly Unseen[];
  /** The objects of the scenario's `mesh.authorization`, and where they stand. */
  authorization: readonly PolicyObject[];
  /** What comments say to meshfence. */
  comments: () => readonly LocatedComment[];
}

/**
 * The manifests that a command is about: those of files and folders, and with `--plan` those of a Pulumi program beside them.
 *
 * @returns nothing where the program cannot be run, after saying why
 */
export async function manifestsFor(
  names: readonly string[],
  options: InputOptions & PlanOptions & { plan?: boolean },
): Promise<Manifests | undefined> {
  const { files: found, problems } = readFiles(names, limitsOf(options));
  const files = await rendered(found, () => workingTree(names), options);
  if (readsCluster(options)) {
    const { liveSides } = await import("./live.js");
    const sides = await liveSides(files, options);
    return sides && withProblems(problems, sides.after);
  }
  if (options.plan !== true) return withProblems(problems, manifestsOf(files, options));
  const { programFile } = await import("./program.js");
  const program = await programFile(options);
  return program && withProblems(problems, manifestsOf([program, ...files], options));
}

/**
 * Files, with what Kustomize, Flux and Helm make of them in their place.
 *
 * @param tree The repository that they are in, for which is asked where there is something to render.
 */
export async function rendered(
  files: readonly TextFile[],
  tree: () => SourceTree | undefined,
  { render = "auto" }: InputOptions,
  read?: ReturnType<typeof rememberingReader>,
): Promise<TextFile[]> {
  if (!makesOthers(files)) return [...files];
  const { renderSources } = await import("../input/render/render.js");
  const { renderContext } = await import("../input/render/context.js");
  const { files: made, unapplied } = await renderSources(files, tree(), renderContext(render), read);
  if (unapplied.length > 0) say(unappliedNote(unapplied));
  return made;
}

function unappliedNote(files: readonly string[]): string {
  const [shown, more] = [
    files
      .slice(0, 3)
      .map((file) => JSON.stringify(file))
      .join(", "),
    files.length - 3,
  ];
  const many = files.length === 1 ? "a file that nothing applies is" : `${files.length} files that nothing applies are`;
  return `note: ${many} not read: ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

/** @param read To read two states: one that remembers. */
export function manifestsOf(
  files: readonly TextFile[],
  { namespace }: InputOptions,
  read?: ReturnType<typeof rememberingReader>,
): Manifests {
  return readManifests(files, namespace, read);
}

export function withProblems(problems: readonly Problem[], manifests: Manifests): Manifests {
  return { ...manifests, problems: [...problems, ...manifests.problems] };
}

/** Evaluates two states so that they can be compared: peers that either tells apart are told apart in both. */
export function evaluateBoth(
  before: Manifests,
  after: Manifests,
  options: InputOptions,
): { before: Evaluated; after: Evaluated } {
  return { before: evaluate(before, options, after), after: evaluate(after, options, before) };
}

/**
 * Evaluates manifests over the cluster that they describe.
 *
 * @param other Another state, see {@link evaluateBoth}.
 */
export function evaluate(manifests: Manifests, options: InputOptions, other?: Manifests): Evaluated {
  const { transportMode = manifests.transportMode, cluster: clusterName } = options;
  const policies = [...manifests.policies, ...(other?.policies ?? [])].map(({ manifest }) => manifest);
  const { l7Proxy, linkerdSettings, agent } = manifests;
  const apiServer = options.apiServer ?? manifests.apiServer;
  const settings = { transportMode, l7Proxy, clusterName, agent, linkerdSettings };
  const scenario = scenarioOf({ ...manifests, ...(apiServer && { apiServer }) }, policies, settings, other);
  const own = new Set(manifests.workloads.map(({ endpoint }) => endpoint.id));
  const others = other && [
    ...other.workloads.map(({ endpoint }) => endpoint),
    ...scenario.endpoints.filter(({ id }) => !own.has(id)),
  ];
  const represented = withRepresentatives(scenario, policies, others);
  const unseen = [...manifests.unseen, ...withoutRoom(manifests, represented.unrepresented)];
  return ask({ ...manifests, unseen }, represented.scenario, manifests.problems);
}

/** Pods that policies tell apart, which no manifest names, and on whose behalf nothing was asked. */
function withoutRoom({ policies }: Manifests, count: number): Unseen[] {
  const [first] = policies;
  if (count === 0 || first === undefined) return [];
  return [
    {
      file: first.document.file,
      object: `${count} more sets of pods that policies select`,
      reason: "no manifest names a pod of them, and they are too many to be asked about",
      fix: "Give the workloads, too, or fewer policies at once",
    },
  ];
}

/** Evaluates the policies of manifests over a scenario file, which alone says what there is in the cluster. */
export function evaluateOver(scenarioFile: string, manifests: Manifests): Evaluated {
  const { scenario, problems } = readScenarioFile(scenarioFile);
  const placed = { ...manifests, authorization: [] };
  return ask(placed, scenario ?? { endpoints: [] }, [...manifests.problems, ...problems]);
}

function readScenarioFile(file: string): ReturnType<typeof readScenario> {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { scenario: undefined, problems: [{ code: "unreadable", file, message: `cannot be read: ${message}` }] };
  }
  return readScenario(text, file);
}

function ask(
  { policies, unseen, authorization, comments = () => [] }: Omit<Manifests, "problems">,
  scenario: Scenario,
  problems: readonly Problem[],
): Evaluated {
  const manifests = policies.map(({ manifest }) => manifest);
  const done = (usable: Scenario, more: readonly Problem[]): Evaluated => {
    const reachability = compile(manifests, usable);
    const refused = reachability.refused.map((policy) => noteOf(policy, policies));
    const all = [...problems, ...more];
    return { policies, scenario: usable, reachability, refused, problems: all, unseen, authorization, comments };
  };
  try {
    return done(scenario, []);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // The readers let nothing through that the engine cannot use; should they ever, it is said and nothing is answered.
    return done(
      { endpoints: [] },
      error.problems.map((problem) => ({ ...problem, file: "scenario" })),
    );
  }
}

function noteOf({ kind, namespace, name, problems }: RefusedPolicy, policies: readonly LocatedPolicy[]): RefusedNote {
  const found = policies.find(
    ({ manifest }) =>
      manifest.kind === kind && manifest.metadata.name === name && policyNamespace(manifest) === namespace,
  );
  const place = found && { file: found.document.file, line: found.document.position([]).line };
  return {
    policy: `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    reason: problems.map(formatProblem).join("; "),
    ...place,
  };
}
