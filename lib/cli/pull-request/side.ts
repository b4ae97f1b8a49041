import { existsSync } from "node:fs";
import path from "node:path";
import { runChild } from "../../common/child";
import { UserError } from "../../common/user-error";
import type { RenderMode } from "../../input/render/tools/context";
import type { Plan } from "../../plan";
import { planAsJson, planFromJson } from "../../plan/json";
import { clusterOfProvider } from "../../plan/provider-cluster";
import { environmentOfChange } from "./environment";

/** One state of the program. */
export interface PlannedSide {
  plan: Plan;
  /** {@link plan} as `meshfence plan --format json` prints it. */
  json: string;
  /** Where the program is; undefined where it does not exist on this side. */
  directory: string | undefined;
}

export interface SideOptions {
  readonly config: readonly string[];
  readonly stack?: string;
  /** See {@link clusterOfProvider}. */
  readonly provider?: string;
  readonly render?: RenderMode;
}

/**
 * Plans the program in a directory, in a process of its own: a process can run one program.
 *
 * @param absent Whether there need not be a program: then nothing is planned there.
 * @throws UserError with what the program printed, where it cannot be planned
 */
export async function planSide(
  directory: string,
  { config, stack, provider, render = "auto" }: SideOptions,
  absent: boolean,
): Promise<PlannedSide> {
  if (absent && !["Pulumi.yaml", "Pulumi.yml"].some((name) => existsSync(path.join(directory, name)))) {
    return { plan: { project: "", stack: "", resources: [] }, json: "{}", directory: undefined };
  }
  const args = [
    path.join(__dirname, "..", "main.js"),
    "plan",
    "--format=json",
    `--program=${directory}`,
    `--render=${render}`,
    ...config.map((setting) => `--config=${setting}`),
    ...(stack === undefined ? [] : [`--stack=${stack}`]),
  ];
  const options = { cwd: directory, env: environmentOfChange() };
  const { status, output, errors } = await runChild(process.execPath, args, options, "SIGTERM");
  if (status !== 0) throw new UserError(errors.trim() || `meshfence plan of ${directory} ended with status ${status}`);
  if (provider === undefined) return { plan: planFromJson(output), json: output, directory };
  // Before a change, there may be no such cluster.
  const plan = clusterOfProvider(planFromJson(output), provider, absent);
  return { plan, json: planAsJson(plan), directory };
}
