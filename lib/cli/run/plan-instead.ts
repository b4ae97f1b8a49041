import type { PlanOptions } from "../../plan";
import { planAsText } from "../../report/plan/text";
import { plannedProgram } from "../input/planned-program";
import { Exit } from "../output/exit";
import { print, styleOf } from "../output/print";

/**
 * Shows what `up` would create if it could run: the plan, who could talk to whom if the program has the output
 * `reachability`, and how to see every manifest. Returns the exit status: 2 without a plan, after saying why.
 */
export async function showPlanInstead(options: PlanOptions): Promise<number> {
  const planned = await plannedProgram(options);
  if (planned === undefined) return Exit.BadInput;
  const style = styleOf(process.stdout);
  const { plan, recording } = planned;
  const edges = edgesOf(recording.outputs.reachability);
  const longest = Math.max(0, ...edges.map(([edge]) => edge.length));
  const lines = [
    ...(edges.length > 0 ? ["", style.strong("Who could talk to whom")] : []),
    ...edges.map(([edge, ports]) => `  ${edge.padEnd(longest)}  ${style.faint(ports)}`),
    "",
    "Every manifest, one file each:      npm run plan -- --out DIRECTORY",
    "Each verdict, with the policy:      npm run meshfence -- reach --plan",
  ];
  await print([planAsText(plan, style), `${lines.join("\n")}\n`]);
  return Exit.Fine;
}

/** The value of `Sandbox.reachability` or `reachabilityOf`; undefined if the program has no such output or it is not known yet. */
function edgesOf(output: unknown): [string, string][] {
  if (typeof output !== "object" || output === null) return [];
  return Object.entries(output).filter((edge): edge is [string, string] => typeof edge[1] === "string");
}
