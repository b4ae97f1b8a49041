import type { Manifests } from "../manifests/read";
import { type PlanOptions, planAsJson } from "../plan";
import { manifestsOf } from "./input";
import type { InputOptions } from "./input-options";
import { plannedProgram } from "./planned-program";

/**
 * The manifests that a Pulumi program registers. What the program prints goes to the error stream.
 *
 * @returns nothing where the program cannot be run or fails, after saying why
 */
export async function programManifests(options: InputOptions & PlanOptions): Promise<Manifests | undefined> {
  const planned = await plannedProgram(options);
  if (planned === undefined) return undefined;
  const { plan } = planned;
  return manifestsOf([{ file: `plan of ${plan.project}`, text: planAsJson(plan) }], options);
}
