import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../common/user-error";
import { callSitesOf } from "./call-sites";
import { ProgramSyntaxError } from "./typescript";

interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The directory of meshfence's own compiled code. */
const ownCode = path.resolve(__dirname, "..");

/**
 * Describes what a program threw: the message, the resource that it is about, and the program's line that threw it, with the lines around it. Stack
 * frames of Pulumi and meshfence are left out, because they do not help the program's author.
 */
export function describeFailure(error: unknown, workingDirectory: string): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error))
    return `the program threw ${typeof error === "string" ? error : JSON.stringify(error)}`;
  const {
    __pulumiRunError: isRunError,
    __pulumResourceError: isResourceError,
    resource,
    hideStack,
  } = error as PulumiError;
  const lines = [messageOf(error)];
  if (isResourceError && resource)
    lines[0] = `${resource.__name ?? "resource"} (${resource.__pulumiType}): ${lines[0]}`;
  // These two errors mark their place as irrelevant.
  if (isRunError || (isResourceError && hideStack)) return lines.join("\n");
  const position = error instanceof ProgramSyntaxError ? error : userPosition(error);
  if (position)
    lines.push(
      `  ${path.relative(workingDirectory, position.file)}:${position.line}:${position.column}`,
      ...excerpt(position),
    );
  return lines.join("\n");
}

interface PulumiError extends Error {
  readonly __pulumiRunError?: boolean;
  readonly __pulumResourceError?: boolean;
  readonly resource?: { readonly __name?: string; readonly __pulumiType?: string };
  readonly hideStack?: boolean;
}

/** The place in the user's code that an error comes from, if any. */
function userPosition(error: Error): Position | undefined {
  for (const { file: location, line, column } of callSitesOf(error)) {
    const file = location.startsWith("file:") ? fileURLToPath(location) : location;
    if (!path.isAbsolute(file)) continue;
    if (file.includes(`${path.sep}node_modules${path.sep}`) || file.startsWith(ownCode + path.sep)) continue;
    return { file, line, column };
  }
  return undefined;
}

function excerpt({ file, line }: Position): string[] {
  let source: string[];
  try {
    source = readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
  const first = Math.max(1, line - 1);
  const shown = source.slice(first - 1, line + 1);
  return shown.map((text, index) => {
    const number = first + index;
    return `  ${number === line ? ">" : " "} ${String(number).padStart(String(line + 1).length)} | ${text}`.trimEnd();
  });
}

/** Removes the require stack that Node appends for a missing module: the program's line is clearer. */
function messageOf(error: Error & { requireStack?: unknown }): string {
  const { message, requireStack } = error;
  if (!Array.isArray(requireStack)) return message;
  const appended = message.indexOf("\n");
  return appended === -1 ? message : message.slice(0, appended);
}
