import { existsSync } from "node:fs";
import path from "node:path";
import { runChild } from "../../common/child";
import { lastLines } from "../../common/last-lines";
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
  /** The folder of the program; undefined if it does not exist on this side. */
  directory: string | undefined;
}

export interface SideOptions {
  readonly config: readonly string[];
  readonly stack?: string;
  /** See {@link clusterOfProvider}. */
  readonly provider?: string;
  readonly render?: RenderMode;
}

/** Whether there is a program in a directory. */
export const holdsProject = (directory: string): boolean =>
  ["Pulumi.yaml", "Pulumi.yml"].some((name) => existsSync(path.join(directory, name)));

/**
 * Plans the program in a directory, in a separate process, since a process can run only one program.
 *
 * @param absent Whether the program may be missing; then the plan is empty.
 * @throws UserError with the program's output if it cannot be planned
 */
export async function planSide(
  directory: string,
  { config, stack, provider, render = "auto" }: SideOptions,
  absent: boolean,
): Promise<PlannedSide> {
  if (absent && !holdsProject(directory)) {
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
  const { status, output, errors, exceeded } = await runChild(
    process.execPath,
    args,
    { ...options, maxOutputBytes: mostOutput, timeoutSeconds: mostSeconds },
    "SIGTERM",
  );
  if (exceeded !== undefined) {
    const why =
      exceeded === "output" ? `printed more than ${mostOutput >> 20} MiB` : `took longer than ${mostSeconds} s`;
    throw new UserError([`the program ${why}`, lastLines(errors)].filter(Boolean).join(":\n"));
  }
  if (status !== 0)
    throw new UserError(lastLines(errors) || `meshfence plan of ${directory} ended with status ${status}`);
  const full = planIn(output);
  if (provider === undefined) return { plan: full, json: output, directory };
  // The cluster may be new in this change.
  const plan = clusterOfProvider(full, provider, absent);
  return { plan, json: planAsJson(plan), directory };
}

/** In bytes: larger than any plan, and below the maximum length of a string. */
const mostOutput = 1 << 28;
/** The limit of a language host, which compiles programs, plus the same for charts. */
const mostSeconds = 1_800;

/** @throws UserError if something else was printed on the plan's output, for example by a child process of the program */
function planIn(output: string): Plan {
  try {
    return planFromJson(output);
  } catch {
    throw new UserError(
      "the plan cannot be read, because the program, or a command that it runs, prints to standard output; have it print to standard error",
    );
  }
}
