import { isInScope, unknownNames } from "../../traffic/learn/scope";
import { partyEndpoints } from "../../traffic/replay/party-endpoints";
import type { CommandInput } from "../../traffic/rollout/next-step";
import { type Rollout, rollout } from "../../traffic/rollout/rollout";
import { Exit } from "../output/exit";
import { print, reportProblems, styleOf } from "../output/print";
import { policyStateOf } from "../traffic/policy-state";
import { type TrafficAndStateOptions, trafficAndState } from "../traffic/traffic-and-state";

/** How `meshfence rollout` prints. */
export type RolloutFormat = "text" | "json" | "markdown";

export interface RolloutOptions extends TrafficAndStateOptions {
  days: number;
  only?: string[];
  format: RolloutFormat;
}

/**
 * Runs `meshfence rollout` and returns its exit status.
 *
 * @param written The options of the command line that `learn` takes as well.
 */
export async function runRollout(
  files: readonly string[],
  options: RolloutOptions,
  written: readonly string[],
): Promise<number> {
  const read = await trafficAndState(files, options);
  if (read === undefined) return Exit.BadInput;
  const { traffic, manifests, evaluated, problems } = read;
  const state = policyStateOf(manifests, evaluated, options);
  const report = rollout(traffic, state, options.days, (endpoint) => isInScope(endpoint, options.only));
  const unknown = unknownNames(partyEndpoints(state.scenario, traffic.edges).scenario.endpoints, options.only);
  reportProblems(unknown);
  const { context, kubeconfig } = options;
  const given = { files, options: written, cluster: { context, kubeconfig } };
  await print(await render(report, given, options.format));
  return problems.length + unknown.length > 0 ? Exit.BadInput : Exit.Fine;
}

async function render(report: Rollout, given: CommandInput, format: RolloutFormat): Promise<string> {
  const { rolloutJson, rolloutMarkdown, rolloutText } = await import("../../report/traffic/rollout-text.js");
  switch (format) {
    case "json":
      return rolloutJson(report, given);
    case "markdown":
      return rolloutMarkdown(report, given);
    case "text":
      return rolloutText(report, given, styleOf(process.stdout));
  }
}
