import { UserError } from "../../common/user-error";
import type { Target } from "./target";

/**
 * The values of `--config` in the form of `pulumi config --json`. Lists and objects are JSON on the command line, and Pulumi
 * refuses them as text if Pulumi.yaml declares their type.
 */
export function configOf({ overrides, project }: Pick<Target, "overrides" | "project">): {
  [key: string]: { value: string; objectValue?: unknown; secret: boolean };
} {
  const entries = Object.entries(overrides).map(([key, value]) => {
    const { type, secret = false } = project.configDeclarations[key] ?? {};
    const structured = type === "array" || type === "object";
    return [key, { value, ...(structured && { objectValue: parsedJson(key, value, type) }), secret }] as const;
  });
  return Object.fromEntries(entries);
}

function parsedJson(key: string, value: string, type: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null && Array.isArray(parsed) === (type === "array")) return parsed;
  } catch {
    // Reported below.
  }
  throw new UserError(`--config ${key}: an ${type} is written as JSON, e.g. ${examples[type]}; this is ${value}`);
}

const examples: { readonly [type: string]: string } = { array: '\'["a", "b"]\'', object: '\'{"key": "value"}\'' };
