import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { formatPlace } from "../../common/problem";
import type { Manifests } from "../../input/manifests/read";
import { isJson } from "../../input/manifests/written-values";
import { evaluate } from "../../manifests/evaluate";
import { plural } from "../../reachability/words";
import { learn } from "../../traffic/learn/learn";
import type { Learned } from "../../traffic/learn/learned";
import { observeOnly } from "../../traffic/learn/observe";
import { patchOf, saveChange, type WrittenChange, writeChange } from "../edits/write-change";
import { manifestsFor } from "../input/manifests";
import type { InputOptions } from "../options/input";
import { Exit } from "../output/exit";
import { print, printNotices, reportProblems, say } from "../output/print";
import { withoutPassword } from "../output/without-password";
import { policyStateOf } from "../traffic/policy-state";
import { recordedTraffic } from "../traffic/recorded-traffic";
import { reportNoTraffic } from "../traffic/traffic-and-state";

/** What `meshfence learn` writes. */
export type LearnFormat = "yaml" | "patch" | "typescript" | "markdown" | "json";

export interface LearnCommandOptions extends InputOptions {
  traffic: string[];
  for?: number;
  only?: string[];
  observe?: boolean;
  apply?: boolean;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  format: LearnFormat;
}

/** Runs `meshfence learn` and returns its exit status. */
export async function runLearn(files: readonly string[], options: LearnCommandOptions): Promise<number> {
  const [manifests, traffic] = await Promise.all([
    manifestsFor(files, options, { mayBeEmpty: true }),
    recordedTraffic(options),
  ]);
  if (manifests === undefined || reportNoTraffic(traffic)) return Exit.BadInput;
  const evaluated = evaluate(manifests, options);
  const problems = [...evaluated.problems, ...traffic.problems];
  reportProblems(problems);
  printNotices(evaluated, "svg");
  if (traffic.edges.length === 0)
    reportProblems([
      {
        code: "no-traffic",
        message: `${options.traffic.map(withoutPassword).join(", ")}: it contains no traffic between endpoints`,
      },
    ]);
  const { only } = options;
  const controllers = new Map(
    manifests.workloads.flatMap(({ endpoint, selects }) =>
      selects === undefined ? [] : [[endpoint.id, selects] as const],
    ),
  );
  const learned = learn(traffic, policyStateOf(manifests, evaluated, options), {
    controllers,
    ...(only !== undefined && { only }),
  });
  reportProblems(learned.problems);
  const isNothing = learned.proof.edges === 0 && learned.unjudged > 0;
  if (isNothing)
    reportProblems([
      {
        code: "nothing-learned",
        message: `no policy can be written for any of ${plural(learned.unjudged, "edge")} that passed`,
        fix: "give the manifests of the workloads, or a recording of Hubble, which has their labels",
      },
    ]);
  const chosen = options.observe === true ? observeOnly(learned) : learned;
  // Editing a large file is slow, and yaml and typescript show no edits.
  const needsFiles = options.apply === true || (options.format !== "yaml" && options.format !== "typescript");
  const written = needsFiles ? await writtenInto(files, chosen, manifests) : { files: [], byHand: [] };
  const isWhole = problems.length === 0 && learned.problems.length === 0 && traffic.edges.length > 0 && !isNothing;
  if (options.apply === true && !isWhole) say("--apply: nothing was written, because not everything could be read");
  else if (options.apply === true && !applyChange(written)) return Exit.BadInput;
  await print(await render(chosen, written, manifests, options.format));
  if (!isWhole) return Exit.BadInput;
  return learned.proof.allowed === learned.proof.edges ? Exit.Fine : Exit.Found;
}

/** The change to the files. New policies go into the file of others in their namespace, or else into a new file in the given folder. */
async function writtenInto(files: readonly string[], learned: Learned, manifests: Manifests): Promise<WrittenChange> {
  const { learnEdits } = await import("../../report/traffic/learn-edits.js");
  const edits = learnEdits(
    learned,
    manifests.policies.map(({ manifest }) => manifest),
  );
  const folder = files.find((file) => existsSync(file) && statSync(file).isDirectory()) ?? ".";
  return writeChange({ edits }, manifests, path.join(folder, "learned.yaml"));
}

/** Saves the change and returns true, or reports why that is not possible. */
function applyChange(written: WrittenChange): boolean {
  if (written.byHand.length > 0) {
    reportProblems([
      {
        code: "not-applied",
        message: `--apply: in no file that can be edited: ${written.byHand.map(({ words }) => words).join("; ")}`,
        fix: "nothing was written; use what --format yaml prints",
      },
    ]);
    return false;
  }
  saveChange(written);
  for (const { file, before } of written.files) {
    const list = before === "" ? kustomizationBeside(file) : undefined;
    const bare = isJson(before) ? " (JSON has no room for evidence: --format yaml has it)" : "";
    say(`wrote ${file}${bare}${list === undefined ? "" : `: add it to the resources of ${list}`}`);
  }
  return true;
}

function kustomizationBeside(file: string): string | undefined {
  return ["kustomization.yaml", "kustomization.yml", "Kustomization"]
    .map((name) => path.join(path.dirname(file), name))
    .find((name) => existsSync(name));
}

async function render(
  learned: Learned,
  written: WrittenChange,
  { policies }: Pick<Manifests, "policies">,
  format: LearnFormat,
): Promise<string> {
  switch (format) {
    case "json":
      return (await import("../../report/traffic/learn-json.js")).learnJson(learned, {
        patch: patchOf(written),
        byHand: written.byHand.map(({ words }) => words),
      });
    case "markdown":
      return (await import("../../report/traffic/learn-markdown.js")).learnMarkdown(learned, patchOf(written));
    case "patch":
      for (const { words } of written.byHand) say(`not in the patch, because no file can be edited for it: ${words}`);
      return patchOf(written);
    case "typescript":
      return (await import("../../report/traffic/learn-typescript.js")).learnTypescript(learned, {
        hasPolicies: policies.length > 0,
        fences: fencesAmong(policies),
      });
    case "yaml":
      return (await import("../../report/traffic/learn-yaml.js")).learnYaml(learned);
  }
}

/** The places where a program creates Fences. */
function fencesAmong(policies: Manifests["policies"]): string[] {
  const places = policies.flatMap(({ document }) => {
    const { byFence, file } = document;
    return byFence === true ? [formatPlace({ file, ...document.position([]) })] : [];
  });
  return [...new Set(places)];
}
