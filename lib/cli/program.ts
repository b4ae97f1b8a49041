import type { Manifests } from "../manifests/read";
import { describeFailure, type PlanOptions, planAsJson, planProgram, UserError } from "../plan";
import { manifestsOf } from "./input";
import type { InputOptions } from "./input-options";

/**
 * The manifests that a Pulumi program registers. What the program prints goes to the error stream.
 *
 * @returns nothing where the program cannot be run or fails, after saying why
 */
export async function programManifests(options: InputOptions & PlanOptions): Promise<Manifests | undefined> {
  const start = process.cwd();
  const write = process.stdout.write;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    const { plan, recording } = await planProgram(options);
    if (recording.error !== undefined) return fail(recording.error, start);
    return manifestsOf([{ file: `plan of ${plan.project}`, text: planAsJson(plan) }], options);
  } catch (error) {
    if (error instanceof UserError) return fail(error, start);
    throw error;
  } finally {
    process.stdout.write = write;
    process.chdir(start);
  }
}

function fail(error: unknown, workingDirectory: string): undefined {
  process.stderr.write(`error: ${describeFailure(error, workingDirectory)}\n`);
  return undefined;
}
