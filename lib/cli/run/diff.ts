import type { Problem } from "../../common/problem";
import { readFiles } from "../../input/files/files";
import { nearestInRevision, type RevisionFiles, readRevision } from "../../input/files/git";
import { readWorkingTree } from "../../input/files/working-tree";
import type { Manifests, TextFile } from "../../input/manifests/read";
import { rememberingReader } from "../../input/manifests/yaml";
import { type SourceTree, workingTree } from "../../input/render/repository/tree";
import type { LintProject } from "../../lint/lint-manifests";
import { readLintSettings } from "../../lint/settings/read";
import { type Evaluated, evaluateBoth } from "../../manifests/evaluate";
import type { DiffReport } from "../../report/diff/diff-rows";
import { gateFixes } from "../gates/fixes";
import { lostBefore } from "../gates/gates";
import { failureLines, gateExit, gateOutcome, idleLines } from "../gates/outcome";
import { manifestsOf, rendered, withEmptyProblem, withProblems } from "../input/manifests";
import { withSharedSettings } from "../input/shared-settings";
import type { GateOptions } from "../options/gates";
import { type InputOptions, limitsOf } from "../options/input";
import { Exit } from "../output/exit";
import { ownVersion } from "../output/own-version";
import { lineLimit, print, printNotices, reportProblems, say, styleOf } from "../output/print";
import { pageOf } from "../page/page";
import { diffReport } from "../reports/diff";
import { trafficOfChange } from "../reports/traffic-of-change";
import { settingsName } from "../settings/file";
import { clustersOf, lintProject, withBaseSettings } from "../settings/project";
import { hidesOutside } from "../traffic/recorded-traffic";

/** How `meshfence diff` prints. */
export type DiffFormat = "text" | "markdown" | "json" | "sarif" | "mermaid" | "svg" | "html";

export interface DiffOptions extends InputOptions, GateOptions {
  git?: boolean;
  live?: boolean;
  path: string[];
  traffic: string[];
  for?: number;
  showOutside?: boolean;
  verbose?: boolean;
  hideOutside?: boolean;
  format: DiffFormat;
}

/** Runs `meshfence diff` and returns its exit status. */
export async function runDiff(before: string, after: string | undefined, given: DiffOptions): Promise<number> {
  const read = await readSides(before, after, given);
  if ("failed" in read) {
    reportProblems(read.failed);
    return Exit.BadInput;
  }
  const { project, notes } = projectOf(before, given);
  const options = clustersOf(given, project);
  const [was, is] = withSharedSettings(...read);
  const sides = evaluateBoth(was, is, options);
  const names =
    options.live === true ? { before: "the cluster", after: before } : { before, after: after ?? "working tree" };
  const report = diffReport(sides, names, inRevisions(project, [before, after]));
  report.warnings = [...report.warnings, ...notes];
  sides.after.problems.push(...project.problems);
  const recorded = await trafficOfChange(sides, [was, is], options, hidesOutside(options));
  if (recorded.replay !== undefined) report.traffic = recorded.replay;
  reportProblems([...sides.before.problems, ...sides.after.problems, ...recorded.problems]);
  const gates = gateOutcome(options, report, [was, is], recorded.traffic);
  for (const line of idleLines(gates)) say(line);
  printNotices(report, options.format);
  report.fixes = gateFixes(gates.found, report, sides);
  const { relative } = inRevisions(project, [before, after]);
  await print(await render(report, sides, options, (file) => relative(file) ?? file));
  const lost = lostBefore(sides.before.problems, options);
  for (const line of [...failureLines(gates), ...lost.lines]) say(line);
  return gateExit(gates, sides.after.problems.length > 0 || lost.stops || recorded.problems.length > 0);
}

/** The project of the working directory; with `--git`, with the settings of the revision before. */
function projectOf(before: string, { git }: DiffOptions): ReturnType<typeof withBaseSettings> {
  const project = lintProject(".");
  if (git !== true) return { project, notes: [] };
  const was = nearestInRevision(before, settingsName);
  return withBaseSettings(project, was && readLintSettings(was.text, `${before}:${settingsName}`), before);
}

/** The project, for file names that may start with a revision. */
function inRevisions({ settings, relative }: LintProject, revisions: readonly (string | undefined)[]): LintProject {
  return {
    settings,
    relative: (file) => {
      const revision = revisions.find((one) => one !== undefined && file.startsWith(`${one}:`));
      return relative(revision === undefined ? file : file.slice(revision.length + 1));
    },
  };
}

/**
 * Both sides: from files, or with `--git` from revisions and the working tree. If a revision cannot be read, the comparison fails: it is not an empty
 * side.
 */
async function readSides(
  before: string,
  after: string | undefined,
  options: DiffOptions,
): Promise<[Manifests, Manifests] | { failed: Problem[] }> {
  const read = rememberingReader();
  const manifests = async ({ files, problems }: FilesRead, tree: () => SourceTree | undefined) =>
    withProblems(problems, manifestsOf(await rendered(files, tree, options, read), options, read));
  const inFolder = async (name: string, found: FilesRead) =>
    withEmptyProblem([name], await manifests(found, () => workingTree([name])));
  if (options.live === true) {
    const { files, problems } = readFiles([before], limitsOf(options));
    const { liveSides } = await import("../input/live.js");
    const sides = await liveSides(await rendered(files, () => workingTree([before]), options, read), options, read);
    return sides === undefined ? { failed: [] } : [sides.before, withProblems(problems, sides.after)];
  }
  if (options.git !== true) {
    const names = [before, after ?? "."] as const;
    const [was, is] = [readFiles([names[0]], limitsOf(options)), readFiles([names[1]], limitsOf(options))];
    const failed = [was, is].flatMap((side) => (isUnread(side) ? side.problems : []));
    return failed.length > 0 ? { failed } : [await inFolder(names[0], was), await inFolder(names[1], is)];
  }
  const paths = options.path.length === 0 ? ["."] : options.path;
  const was = readRevision(before, paths);
  const is: RevisionFiles =
    after === undefined ? readWorkingTree(paths, limitsOf(options)) : readRevision(after, paths);
  const failed = [was, is].flatMap((side) => (side.failed === true ? side.problems : []));
  if (failed.length > 0) return { failed };
  // A path on only one side is a change; a path on neither side is a mistake, which would compare nothing with nothing.
  const nowhere = was.without.filter((name) => is.without.includes(name));
  is.problems.push(
    ...nowhere.map((file) => ({ code: "no-manifest", file, message: "neither side has a manifest there" })),
  );
  const { revisionTree } = await import("../../input/render/repository/revision.js");
  const treeOf = (revision: string | undefined) => () =>
    revision === undefined ? workingTree(paths) : revisionTree(revision, paths);
  return [await manifests(was, treeOf(before)), await manifests(is, treeOf(after))];
}

interface FilesRead {
  files: TextFile[];
  problems: Problem[];
}

/** Whether a side could not be read at all; an empty folder could. */
const isUnread = ({ files, problems }: FilesRead): boolean =>
  files.length === 0 && problems.some(({ code }) => code === "unreadable");

async function render(
  report: DiffReport,
  { before, after }: Record<"before" | "after", Evaluated>,
  { format, verbose }: DiffOptions,
  pathOf: (file: string) => string,
): Promise<string | Iterable<string>> {
  switch (format) {
    case "text":
      return (await import("../../report/diff/diff-text.js")).diffText(
        report,
        styleOf(process.stdout),
        lineLimit(process.stdout, verbose),
      );
    case "markdown":
      return (await import("../../report/diff/diff-markdown.js")).diffMarkdown(report);
    case "json":
      return (await import("../../report/diff/diff-json.js")).diffJson(report);
    case "sarif":
      return (await import("../../report/diff/diff-sarif.js")).diffSarif(report, pathOf, ownVersion());
    case "mermaid":
      return (await import("../../report/graph/mermaid.js")).diffMermaid(report);
    case "svg":
      return (await import("../../report/graph/svg.js")).diffSvg(report);
    case "html": {
      const { names, warnings } = report;
      const sides = [
        { ...before, name: names.before },
        { ...after, name: names.after },
      ];
      const seen = report.traffic && (await import("../../report/page/seen.js")).seenOf(report.traffic);
      const more = { warnings, difference: report.diff, ...(seen && { seen }) };
      return pageOf(`${names.before} → ${names.after}`, sides, more);
    }
  }
}
