import { isOwn } from "../traffic/learn/own";
import type { Given } from "../traffic/rollout/next-step";
import { type Rollout, rollout } from "../traffic/rollout/rollout";
import { evaluate, manifestsFor } from "./input";
import { Exit, type InputOptions, readsCluster } from "./input-options";
import { complain, mention, print, styleOf } from "./print";
import { recordedTraffic } from "./recorded-traffic";
import { judgeOf } from "./show-replay";

/** How `meshfence rollout` prints. */
export type RolloutFormat = "text" | "json" | "markdown";

export interface RolloutOptions extends InputOptions {
  traffic: string[];
  for?: number;
  days: number;
  only?: string[];
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  format: RolloutFormat;
}

/** Runs `meshfence rollout` and returns its exit status. */
export async function showRollout(files: readonly string[], options: RolloutOptions): Promise<number> {
  const [manifests, traffic] = await Promise.all([
    manifestsFor(files.length === 0 && options.plan !== true && !readsCluster(options) ? ["."] : files, options),
    recordedTraffic(options),
  ]);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated = evaluate(manifests, options);
  const problems = [...evaluated.problems, ...traffic.problems];
  complain(problems);
  mention(evaluated, "svg");
  const report = rollout(traffic, judgeOf(manifests, evaluated, options), options.days, (endpoint) =>
    isOwn(endpoint, options.only),
  );
  await print(await render(report, { files, traffic: options.traffic }, options.format));
  return problems.length > 0 ? Exit.BadInput : Exit.Fine;
}

async function render(report: Rollout, given: Given, format: RolloutFormat): Promise<string> {
  const { rolloutJson, rolloutMarkdown, rolloutText } = await import("../report/traffic/rollout-text.js");
  switch (format) {
    case "json":
      return rolloutJson(report, given);
    case "markdown":
      return rolloutMarkdown(report, given);
    case "text":
      return rolloutText(report, given, styleOf(process.stdout));
  }
}
