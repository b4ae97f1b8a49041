import path from "node:path";
import type { Problem } from "../../common/problem";
import { type ReadLimits, readText, unreadableWords } from "../../input/files/bounded";
import { readFiles, readPresentFiles } from "../../input/files/files";
import { type Manifests, readManifests, type TextFile } from "../../input/manifests/read";
import { readScenario } from "../../input/manifests/scenario-file";
import type { rememberingReader } from "../../input/manifests/yaml";
import { needsRendering } from "../../input/render/hints";
import { type SourceTree, workingTree } from "../../input/render/repository/tree";
import { answered, type Evaluated, evaluate } from "../../manifests/evaluate";
import type { PlanOptions } from "../../plan/plan-program";
import { type InputOptions, limitsOf, readsCluster } from "../options/input";
import { reportProblems, reportProblemsAsJson } from "../output/print";

/** What a command takes besides files: a program, or a cluster. */
type SourceOptions = InputOptions & PlanOptions & { plan?: boolean; format?: string; traffic?: readonly string[] };

/** The files of a command; without files, program or cluster, the current folder. */
export function filesOrHere(files: readonly string[], options: SourceOptions): readonly string[] {
  return files.length > 0 || options.plan === true || readsCluster(options) ? files : ["."];
}

/**
 * The manifests that a command reads: from {@link filesOrHere}, and with `--plan` also from a Pulumi program.
 *
 * @param mayBeEmpty Whether the current folder may lack manifests. Default false: that is a problem.
 * @returns Undefined if the program cannot be run, after saying why.
 */
export async function manifestsFor(
  files: readonly string[],
  options: SourceOptions,
  { mayBeEmpty = false } = {},
): Promise<Manifests | undefined> {
  const names = filesOrHere(files, options);
  const isDefault = names !== files;
  const { files: read, problems } =
    isDefault && mayBeEmpty ? readPresentFiles(names, limitsOf(options)) : readFiles(names, limitsOf(options));
  const found = await rendered(read, () => workingTree(names), options);
  if (readsCluster(options)) {
    const { liveSides } = await import("./live.js");
    const sides = await liveSides(found, options);
    return sides && withProblems(problems, sides.after);
  }
  if (options.plan !== true) {
    const manifests = withProblems(problems, manifestsOf(found, options));
    if (isDefault && mayBeEmpty) return manifests;
    const fix = isDefault ? "name files or folders, or give --plan or --context" : undefined;
    return read.length > 0 && options.traffic !== undefined
      ? withEmptyProblem(names, manifests, fix)
      : unlessOnlyProblems(withEmptyProblem(names, manifests, fix), options);
  }
  const { programFile } = await import("./program.js");
  const { projectFile } = await import("../../plan/project.js");
  const program = await programFile(options);
  if (program === undefined) return undefined;
  const planned = path.resolve(projectFile(options.program));
  const others = found.filter(({ file }) => path.resolve(file) !== planned);
  return withProblems(problems, manifestsOf([program, ...others], options));
}

/**
 * Files, with what Kustomize, Flux and Helm render from them in their place.
 *
 * @param tree Opens the repository that they are in; called if there is something to render.
 */
export async function rendered(
  files: readonly TextFile[],
  tree: () => SourceTree | undefined,
  { render = "auto" }: InputOptions,
  read?: ReturnType<typeof rememberingReader>,
): Promise<TextFile[]> {
  if (!needsRendering(files)) return [...files];
  const { renderSources } = await import("../../input/render/render.js");
  const { renderContext } = await import("../../input/render/tools/context.js");
  return (await renderSources(files, tree(), renderContext(render), read)).files;
}

/** @param read A reader that remembers parsed files, for comparing two states. */
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

/** Adds a problem if valid files contain no object: kubectl refuses such input, too. */
export function withEmptyProblem(names: readonly string[], manifests: Manifests, fix?: string): Manifests {
  if (manifests.isEmpty !== true || manifests.problems.length > 0 || names.length === 0) return manifests;
  const problem = { code: "no-manifest", file: names.join(", "), message: "holds no object", ...(fix && { fix }) };
  return withProblems([problem], manifests);
}

/** Undefined if there is nothing but problems, after reporting them. */
function unlessOnlyProblems(manifests: Manifests, { format }: SourceOptions): Manifests | undefined {
  if (manifests.holdsNothing !== true || manifests.problems.length === 0) return manifests;
  reportAllProblems(manifests.problems, { format });
  return undefined;
}

/** Reports problems in the form of the output: text, or JSON lines. */
function reportAllProblems(problems: readonly Problem[], { format }: { format?: string | undefined }): void {
  if (format === "jsonl") reportProblemsAsJson(problems);
  else reportProblems(problems);
}

/**
 * Evaluates manifests in the cluster that they describe or, with a scenario file, in the file's cluster: then only their policies count.
 *
 * @returns Undefined if the scenario cannot be read, after saying why.
 */
export function evaluateIn(
  scenarioFile: string | undefined,
  manifests: Manifests,
  options: InputOptions & { format?: string },
): Evaluated | undefined {
  if (scenarioFile === undefined) return evaluate(manifests, options);
  const { scenario, problems } = readScenarioFile(scenarioFile, limitsOf(options));
  if (scenario !== undefined)
    return answered({ ...manifests, authorization: [] }, scenario, [...manifests.problems, ...problems]);
  reportAllProblems(problems, options);
  return undefined;
}

function readScenarioFile(file: string, limits: ReadLimits): ReturnType<typeof readScenario> {
  let text: string;
  try {
    text = readText(file, limits);
  } catch (error) {
    return { scenario: undefined, problems: [{ code: "unreadable", file, message: unreadableWords(error) }] };
  }
  return readScenario(text, file);
}
