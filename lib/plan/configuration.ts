import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { UserError } from "../common/user-error";
import { fullKey, type Project } from "./project";
import { selectedStack } from "./selected-stack";

/** The configuration of a stack, in the form in which the engine passes it to a program. */
export interface Configuration {
  /** Values by full key; anything but text is JSON. */
  readonly values: { readonly [key: string]: string };
  readonly secretKeys: readonly string[];
  /** Keys whose values are encrypted in the stack's file: only Pulumi can read them, the program gets a placeholder. */
  readonly encryptedKeys: readonly string[];
}

/** A placeholder for a value that is encrypted in the stack's file, different for each key, as the values are. */
const encryptedPlaceholder = (key: string) => `[encrypted ${key}]`;

/**
 * The stack to use: the named one, otherwise `PULUMI_STACK`, the one that `pulumi stack select` chose, the only one with a configuration file, or
 * `dev`.
 */
export function chooseStack(project: Project, named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const stack = named ?? env.PULUMI_STACK;
  if (stack !== undefined && stack !== "") {
    // Pulumi names a stack in full as organization/project/stack.
    return stack.split("/").at(-1) ?? stack;
  }
  const selected = selectedStack(project, env);
  if (selected !== undefined) return selected;
  const files = existsSync(project.stackConfigDirectory) ? readdirSync(project.stackConfigDirectory) : [];
  const stacks = files.map((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1]).filter((name) => name !== undefined);
  return stacks.length === 1 ? (stacks[0] ?? "dev") : "dev";
}

/**
 * Merges the configuration of a stack: the project's defaults, then the stack's file, then `assignments` of the form `key=value`.
 * @throws UserError for all assignments of another form at once, and for an invalid stack file
 */
export function readConfiguration(project: Project, stack: string, assignments: readonly string[]): Configuration {
  const values = new Map<string, string>();
  const secret = new Set<string>();
  const encrypted = new Set<string>();
  for (const [key, declared] of Object.entries(project.configDeclarations)) {
    if (declared.default !== undefined && declared.default !== null) values.set(key, asText(declared.default));
    if (declared.secret) secret.add(key);
  }
  for (const [key, value] of Object.entries(readStackFile(project, stack))) {
    const full = fullKey(project.name, key);
    if (isEncrypted(value)) {
      values.set(full, encryptedPlaceholder(full));
      secret.add(full);
      encrypted.add(full);
    } else {
      values.set(full, asText(value));
    }
  }
  for (const [key, value] of readAssignments(project, assignments)) {
    values.set(key, value);
    encrypted.delete(key);
  }
  return { values: Object.fromEntries(values), secretKeys: [...secret], encryptedKeys: [...encrypted] };
}

function readStackFile(project: Project, stack: string): { [key: string]: unknown } {
  const file = ["yaml", "yml"]
    .map((extension) => path.join(project.stackConfigDirectory, `Pulumi.${stack}.${extension}`))
    .find(existsSync);
  if (file === undefined) return {};
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(`${file} is not valid YAML: ${(error as Error).message}`);
  }
  const config = (content as { config?: unknown } | null)?.config ?? {};
  if (typeof config !== "object" || Array.isArray(config))
    throw new UserError(`${file}: "config" must be a map of keys`);
  return config as { [key: string]: unknown };
}

function readAssignments(project: Project, assignments: readonly string[]): [string, string][] {
  const wrong: string[] = [];
  const result: [string, string][] = [];
  for (const assignment of assignments) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (key === undefined || value === undefined) wrong.push(assignment);
    else result.push([fullKey(project.name, key), value]);
  }
  if (wrong.length > 0) {
    throw new UserError(wrong.map((each) => `--config ${each}: must be of the form key=value`).join("\n"));
  }
  return result;
}

/** Encrypted values are `{ secure: ciphertext }`, also deep inside an object. */
function isEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const entries = Object.entries(value);
  if (!Array.isArray(value) && entries.length === 1 && entries[0]?.[0] === "secure") return true;
  return entries.some(([, item]) => isEncrypted(item));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
