import path from "node:path";
import type { Paint, Plan, PlanOptions } from "../plan";
import {
  describeFailure,
  planAsFiles,
  planAsJson,
  planAsMarkdown,
  planAsText,
  planProgram,
  UserError,
  writePlanDirectory,
} from "../plan";
import { terminalPaint } from "./terminal";

export interface ShowPlanOptions extends PlanOptions {
  readonly format: "text" | "json" | "markdown";
  readonly out?: string;
}

/**
 * Plans a program and prints the plan. What the program itself prints goes to the error stream, since the output is the plan's.
 * @returns the exit status: 1 where there is no plan, after saying why
 */
export async function showPlan(options: ShowPlanOptions): Promise<number> {
  const start = process.cwd();
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    const { plan, recording, encryptedKeys } = await planProgram(options);
    for (const key of encryptedKeys) {
      process.stderr.write(
        `note: ${key} is encrypted for Pulumi; planned with a placeholder, or give it with --config\n`,
      );
    }
    for (const { severity, message } of recording.diagnostics) {
      if (severity === "warning" || severity === "info") process.stderr.write(`${severity}: ${message}\n`);
    }
    if (recording.error !== undefined) return fail(recording.error, start);
    if (options.out !== undefined) writePlanDirectory(path.resolve(start, options.out), planAsFiles(plan));
    write(render(plan, options.format, terminalPaint(process.stdout)));
    return 0;
  } catch (error) {
    if (error instanceof UserError) return fail(error, start);
    throw error;
  } finally {
    process.stdout.write = write;
  }
}

function render(plan: Plan, format: ShowPlanOptions["format"], paint: Paint): string {
  if (format === "json") return planAsJson(plan);
  return format === "markdown" ? planAsMarkdown(plan) : planAsText(plan, paint);
}

function fail(error: unknown, workingDirectory: string): number {
  process.stderr.write(`error: ${describeFailure(error, workingDirectory)}\n`);
  return 1;
}
