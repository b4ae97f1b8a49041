import type { PlanOptions } from "../../plan";
import { planAsText } from "../../report/plan/text";
import { Exit } from "../input-options";
import { plannedProgram } from "../planned-program";
import { print, styleOf } from "../print";

/**
 * What there would be where it cannot be made: the plan, who could then talk to whom as far as the program says so by its output
 * `reachability`, and how to see every manifest. Gives the exit status: 2 where there is no plan, after saying why.
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

/** What `Sandbox.reachability` and `reachabilityOf` give; nothing where the program has no such output or cannot know it yet. */
function edgesOf(output: unknown): [string, string][] {
  if (typeof output !== "object" || output === null) return [];
  return Object.entries(output).filter((edge): edge is [string, string] => typeof edge[1] === "string");
}
