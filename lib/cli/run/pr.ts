import { mkdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { decodeText } from "../../common/decode-text";
import { clippedInside, printable, safeText } from "../../common/printable";
import { UserError } from "../../common/user-error";
import { writeWhole } from "../../common/whole-file";
import { readBounded } from "../../input/files/bounded";
import type { Manifests } from "../../input/manifests/read";
import { type Evaluated, evaluateBoth } from "../../manifests/evaluate";
import { chooseStack } from "../../plan/configuration";
import { planDiff } from "../../plan/diff";
import { planFiles } from "../../plan/manifests";
import { type Project, readProject } from "../../plan/project";
import { diffGitlab } from "../../report/diff/diff-gitlab";
import { diffSarif } from "../../report/diff/diff-sarif";
import { codeBlock } from "../../report/markdown";
import { seenOf } from "../../report/page/seen";
import type { FileDiff } from "../../report/pull-request/file-diff";
import { fileDiffs } from "../../report/pull-request/file-diff";
import { pullRequestComment, pullRequestMarker } from "../../report/pull-request/pull-request";
import { gateFixes } from "../gates/fixes";
import { lostBefore } from "../gates/gates";
import { failureLines, gateExit, gateOutcome, idleLines } from "../gates/outcome";
import { manifestsOf } from "../input/manifests";
import { planName } from "../input/program";
import { withSharedSettings } from "../input/shared-settings";
import { describeGate, type GateOptions } from "../options/gates";
import { type InputOptions, limitsOf } from "../options/input";
import { Exit } from "../output/exit";
import { ownVersion } from "../output/own-version";
import { print, reportProblems, say } from "../output/print";
import { pageOf } from "../page/page";
import { repositoryRoot, withCheckout } from "../pull-request/checkout";
import { addRenderedReleases } from "../pull-request/releases";
import { holdsProject, type PlannedSide, planSide } from "../pull-request/side";
import { unpreparedHint } from "../pull-request/unprepared";
import { diffReport } from "../reports/diff";
import { trafficOfChange } from "../reports/traffic-of-change";
import { clustersOf, type Project as LintedProject, lintProject, withBaseSettings } from "../settings/project";

export interface PrOptions extends InputOptions, GateOptions {
  base: string;
  head?: string;
  program?: string;
  config: string[];
  stack?: string;
  provider?: string;
  prepare?: string;
  live?: string;
  out?: string;
  traffic: string[];
  showOutside?: boolean;
  for?: number;
  limit: number;
}

/** Runs `meshfence pr` and returns its exit status. */
export async function runPr(options: PrOptions): Promise<number> {
  let name = options.program ?? ".";
  try {
    const project = readProject(options.program);
    const program = project.root;
    const root = repositoryRoot(program);
    name = path.relative(root, program).replaceAll(path.sep, "/") || ".";
    return await compareSides(root, name, project, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    // Otherwise the pull request would keep an old answer, or have none.
    if (!(error instanceof NotWritten)) await writeFailure(name, error.message, options);
    return Exit.BadInput;
  }
}

/** Writes a comment about the failure, and reports if that fails, too. */
async function writeFailure(name: string, message: string, options: PrOptions): Promise<void> {
  try {
    await write(options, failureComment(name, message, options.limit), []);
  } catch (error) {
    if (!(error instanceof NotWritten)) throw error;
    say(`error: ${error.message}`);
  }
}

/** `--out` cannot be written. */
class NotWritten extends UserError {}

async function compareSides(root: string, name: string, project: Project, given: PrOptions): Promise<number> {
  const { base, head, prepare } = given;
  const live = given.live === undefined ? undefined : readLive(given.live, given);
  return withCheckout(root, base, prepare, async (baseTree) => {
    const { stack, notes } = stackOfBoth(project, path.join(baseTree, name), given);
    const options = { ...given, stack };
    const plan = async (tree: string, what: string, absent: boolean) => {
      try {
        return await planSide(path.join(tree, name), options, absent);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const hint = tree === root ? undefined : unpreparedHint(error.message, options.prepare);
        const lines = [`${what}, cannot be planned:`, error.message, ...(hint === undefined ? [] : [hint])];
        throw new UserError(lines.join("\n"));
      }
    };
    const held = withBaseSettings(
      lintProject(options.program ?? "."),
      lintProject(path.join(baseTree, path.relative(root, realpathSync(options.program ?? ".")))),
      base,
    );
    notes.push(...held.notes);
    const compareWith = async (headTree: string) => {
      const [before, after] = await Promise.all([
        plan(baseTree, `the base, ${base}`, true),
        plan(headTree, `the head, ${head ?? "the working tree"}`, false),
      ]);
      const shown = { ...clustersOf(options, held.project), ...(live !== undefined && { live }) };
      return writeReports({ name, before, after, project: held.project, notes }, shown);
    };
    return head === undefined ? compareWith(root) : withCheckout(root, head, prepare, compareWith);
  });
}

/** The stack that both sides are planned as. The base decides which one is "the only one", since the change could add another. */
function stackOfBoth(project: Project, base: string, { stack: named }: PrOptions): { stack: string; notes: string[] } {
  const own = chooseStack(project, named);
  if (!holdsProject(base)) return { stack: own, notes: [] };
  const stack = chooseStack({ ...readProject(base), root: project.root }, named);
  const notes =
    stack === own ? [] : [`Planned as the base's stack, ${stack}; the change's own files would select ${own}.`];
  return { stack, notes };
}

function readLive(file: string, options: InputOptions): string {
  try {
    return decodeText(readBounded(file === "-" ? 0 : file, limitsOf(options)));
  } catch (error) {
    throw new UserError(`--live ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** A change of a program. */
interface PlannedChange {
  /** The program's folder within the repository. */
  name: string;
  before: PlannedSide;
  after: PlannedSide;
  /** The settings of lint. */
  project: LintedProject;
  notes: readonly string[];
}

/** @param options Its `live` is the text, not the file name. */
async function writeReports(
  { name, before, after, project, notes: firstNotes }: PlannedChange,
  options: PrOptions,
): Promise<number> {
  const sides = evaluateSides(before, after, options);
  const reach = diffReport(sides, { before: options.base, after: options.head ?? "this change" }, project);
  sides.after.problems.push(...project.problems);
  const recorded = await trafficOfChange(sides, sides.manifests, options, options.showOutside !== true);
  if (recorded.replay !== undefined) reach.traffic = recorded.replay;
  reportProblems([...sides.after.problems, ...recorded.problems]);
  const gates = gateOutcome(options, reach, sides.manifests, recorded.traffic);
  reach.fixes = gateFixes(gates.found, reach, sides);
  for (const line of [...idleLines(gates), ...failureLines(gates)]) say(line);

  const was = { ...planFiles(before.plan), directory: before.directory };
  const is = { ...planFiles(after.plan), directory: after.directory };
  const notes = [
    ...firstNotes,
    ...(before.directory === undefined ? [`The program in ${name} is new, so all of it counts as added.`] : []),
    ...gates.idle.map((gate) => `fail-on ${describeGate(gate)} names no endpoint or namespace, so it guards nothing.`),
    ...gates.serverSide,
    ...gates.stops.slice(0, 1),
    ...(await addRenderedReleases(was, is, options.render ?? "auto")),
  ];
  const manifests = await fileDiffs(was.files, is.files);
  const report = {
    name,
    reach,
    plan: planDiff(before.plan, after.plan),
    manifests,
    notes,
    gates: gates.failed.map(describeGate),
    ...(options.live !== undefined && { live: options.live }),
  };
  await write(options, pullRequestComment(report, options.limit), manifests);
  if (options.out !== undefined) {
    const states = [
      { ...sides.before, name: reach.names.before },
      { ...sides.after, name: reach.names.after },
    ];
    const title = `${name === "." ? "" : `${name}: `}${reach.names.before} → ${reach.names.after}`;
    const page = await pageOf(title, states, {
      warnings: reach.warnings,
      difference: reach.diff,
      ...(reach.traffic !== undefined && { seen: seenOf(reach.traffic) }),
    });
    const program = path.posix.join(name, "Pulumi.yaml");
    const fileOf = inRepository(name, [before, after]);
    writeFiles(options.out, {
      "page.html": page,
      "reachability.sarif": diffSarif(reach, fileOf, ownVersion()),
      "codequality.json": diffGitlab(reach, fileOf, program),
    });
  }
  const lost = lostBefore(sides.before.problems, options);
  if (lost.stops) {
    reportProblems(sides.before.problems);
    for (const line of lost.lines) say(line);
  }
  return gateExit(gates, lost.stops || sides.after.problems.length > 0 || recorded.problems.length > 0);
}

function evaluateSides(
  before: PlannedSide,
  after: PlannedSide,
  options: PrOptions,
): { before: Evaluated; after: Evaluated; manifests: [Manifests, Manifests] } {
  const read = ({ plan, json }: PlannedSide) => manifestsOf([{ file: planName(plan), text: json }], options);
  const [was, is] = withSharedSettings(
    before.directory === undefined ? manifestsOf([], options) : read(before),
    read(after),
  );
  return { ...evaluateBoth(was, is, options), manifests: [was, is] };
}

function failureComment(name: string, message: string, limit: number): string {
  const head = `${pullRequestMarker(name)}\n### Reachability: unknown, because the plan failed\n\n`;
  // The code fence must be longer than any run of backticks, so long runs are cut to keep the comment within its limit.
  const error = safeText(message).replace(/`{20,}/g, (run) => `${run.slice(0, 20)}…`);
  const room = limit - head.length - 60;
  return head + codeBlock(clippedInside(error, room), "text");
}

/** Maps a program's file to its path in the repository; undefined for manifests that are only in a plan. */
function inRepository(program: string, plans: readonly PlannedSide[]): (file: string) => string | undefined {
  const planNames = new Set(plans.map(({ plan }) => planName(plan)));
  return (file) => {
    const isElsewhere = path.isAbsolute(file) || planNames.has(file) || file.startsWith("..");
    return isElsewhere ? undefined : path.posix.join(program, file);
  };
}

async function write({ out }: PrOptions, comment: string, manifests: readonly FileDiff[]): Promise<void> {
  if (out === undefined) return print(comment);
  const patches = manifests.map(
    ({ file, patch }) => `--- a/${printable(file)}\n+++ b/${printable(file)}\n${safeText(patch)}`,
  );
  writeFiles(out, { "comment.md": comment, "manifests.diff": patches.join("") });
}

/** @throws NotWritten */
function writeFiles(out: string, files: Readonly<Record<string, string>>): void {
  try {
    mkdirSync(out, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeWhole(path.join(out, file), text);
  } catch (error) {
    throw new NotWritten(`--out ${out} cannot be written: ${(error as Error).message}`);
  }
}
