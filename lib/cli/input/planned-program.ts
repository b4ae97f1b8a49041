import { describeFailure, type PlannedProgram, type PlanOptions, planProgram, UserError } from "../../plan";
import { say } from "../output/print";
import { withForeignProgram } from "./foreign-program";

/**
 * Plans a Pulumi program for a command. What the program prints goes to standard error, since standard output is the command's.
 * @returns Undefined if there is no plan, after saying why.
 */
export async function plannedProgram(options: PlanOptions): Promise<PlannedProgram | undefined> {
  const start = process.cwd();
  try {
    const planned = await withForeignProgram(() => planProgram(options));
    for (const key of planned.encryptedKeys) {
      say(`note: ${key} is encrypted by Pulumi, so a placeholder is planned; to set it, use --config`);
    }
    for (const { severity, message } of planned.recording.diagnostics) {
      if (severity === "warning" || severity === "info") say(`${severity}: ${message}`);
    }
    if (planned.recording.error === undefined) return planned;
    say(`error: ${describeFailure(planned.recording.error, start)}`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
  } finally {
    process.chdir(start);
  }
  return undefined;
}
