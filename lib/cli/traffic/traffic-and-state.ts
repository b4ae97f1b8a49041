import type { Problem } from "../../common/problem";
import type { Manifests } from "../../input/manifests/read";
import { type Evaluated, evaluate } from "../../manifests/evaluate";
import { withoutOutsideNames } from "../../traffic/outside";
import type { Traffic } from "../../traffic/traffic";
import { manifestsFor } from "../input/manifests";
import type { InputOptions } from "../options/input";
import { printNotices, reportProblems } from "../output/print";
import { withoutPassword } from "../output/without-password";
import { hidesOutside, recordedTraffic } from "./recorded-traffic";

/** The options of commands that compare recorded traffic with the policies of files, a program or a cluster. */
export interface TrafficAndStateOptions extends InputOptions {
  traffic: string[];
  for?: number;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  showOutside?: boolean;
  hideOutside?: boolean;
  format: string;
}

/** Recorded traffic, and the state that it is compared with. */
export interface TrafficAndState {
  traffic: Traffic;
  manifests: Manifests;
  evaluated: Evaluated;
  problems: readonly Problem[];
}

/**
 * Reads both, and reports problems and what is not seen. The files are those of {@link manifestsFor}.
 *
 * @returns Undefined if the program, the cluster, all files or all traffic cannot be read, after saying why.
 */
export async function trafficAndState(
  files: readonly string[],
  options: TrafficAndStateOptions,
): Promise<TrafficAndState | undefined> {
  const [manifests, recorded] = await Promise.all([manifestsFor(files, options), recordedTraffic(options)]);
  if (manifests === undefined || reportNoTraffic(recorded)) return undefined;
  const traffic = hidesOutside(options) ? withoutOutsideNames(recorded) : recorded;
  const evaluated = evaluate(manifests, options);
  const none = {
    code: "no-traffic",
    message: `${options.traffic.map(withoutPassword).join(", ")}: it contains no traffic between endpoints`,
  };
  const problems = [...evaluated.problems, ...traffic.problems, ...(traffic.edges.length === 0 ? [none] : [])];
  reportProblems(problems);
  printNotices(evaluated, "svg");
  return { traffic, manifests, evaluated, problems };
}

/** Whether no traffic could be read, so that there is nothing to answer, after saying why. */
export function reportNoTraffic({ edges, problems }: Pick<Traffic, "edges" | "problems">): boolean {
  const isUnread = edges.length === 0 && problems.some(({ code }) => code === "unreadable");
  if (isUnread) reportProblems(problems);
  return isUnread;
}
