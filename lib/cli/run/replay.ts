import { unseenCount } from "../../common/unseen";
import type { Evaluated } from "../../manifests/evaluate";
import { replay } from "../../traffic/replay/replay";
import { openQuestions, type Replay, wouldDeny } from "../../traffic/replay/report";
import { replayUnderServerSideApply, serverSideLine } from "../gates/server-side-apply";
import { Exit } from "../output/exit";
import { print, say, styleOf } from "../output/print";
import { pageOf } from "../page/page";
import { pageTitle } from "../page/title";
import { policyStateOf } from "../traffic/policy-state";

import { type TrafficAndStateOptions, trafficAndState } from "../traffic/traffic-and-state";

/** How `meshfence replay` prints. */
export type ReplayFormat = "text" | "json" | "markdown" | "html";

export interface ReplayOptions extends TrafficAndStateOptions {
  failOn?: "would-deny";
  allowUnseen?: boolean;
  format: ReplayFormat;
}

/** Runs `meshfence replay` and returns its exit status. */
export async function runReplay(files: readonly string[], options: ReplayOptions): Promise<number> {
  const given = await trafficAndState(files, options);
  if (given === undefined) return Exit.BadInput;
  const { traffic, manifests, evaluated, problems } = given;
  for (const { policy, reason } of evaluated.refused)
    say(`note: Cilium refuses ${policy}, so what it should deny stays open: ${reason}`);
  const report = { ...replay(traffic, policyStateOf(manifests, evaluated, options)), unseen: evaluated.unseen };
  await print(await render(report, evaluated, files, options.format));
  if (problems.length > 0) return Exit.BadInput;
  return gate(report, evaluated, options, replayUnderServerSideApply(traffic, manifests, options));
}

function gate(
  report: Replay,
  { unseen }: Pick<Evaluated, "unseen">,
  { failOn, allowUnseen = false }: ReplayOptions,
  applied: ReturnType<typeof replayUnderServerSideApply>,
): number {
  if (failOn === undefined) return Exit.Fine;
  if (wouldDeny(report).length > 0) {
    say("--fail-on would-deny: found");
    return Exit.Found;
  }
  if (applied !== undefined && wouldDeny(applied.replay).length > 0) {
    say(serverSideLine("would-deny", applied.refused));
    return Exit.Found;
  }
  const questions = new Set([
    ...openQuestions(report),
    ...(applied === undefined ? [] : openQuestions(applied.replay)),
  ]);
  const missing = [...questions, ...[unseenCount(unseen)].filter((count) => count !== undefined)];
  if (missing.length === 0 || allowUnseen) return Exit.Fine;
  say(`--fail-on: ${missing.join(", and ")}, so finding nothing proves little; --allow-unseen ignores this`);
  return Exit.BadInput;
}

async function render(
  report: Replay,
  evaluated: Evaluated,
  files: readonly string[],
  format: ReplayFormat,
): Promise<string> {
  switch (format) {
    case "json":
      return (await import("../../report/traffic/replay-json.js")).replayJson(report);
    case "markdown":
      return (await import("../../report/traffic/replay-markdown.js")).replayMarkdown(report);
    case "html": {
      const { seenOf } = await import("../../report/page/seen.js");
      return pageOf(`${pageTitle(files)}, and its traffic`, [{ ...evaluated, name: "now" }], { seen: seenOf(report) });
    }
    case "text":
      return (await import("../../report/traffic/replay-text.js")).replayText(report, styleOf(process.stdout));
  }
}
