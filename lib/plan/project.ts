import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { UserError } from "../common/user-error";
import { hostNameOf } from "./language-host";
import { yamlProgramFile } from "./yaml/program-file";

/** A Pulumi project, as its Pulumi.yaml describes it. */
export interface Project {
  readonly name: string;
  /** What runs the program: this process, or a language host. */
  readonly runtime: string;
  /** The runtime's options in Pulumi.yaml. */
  readonly runtimeOptions: { readonly [option: string]: unknown };
  /** Directory of the Pulumi.yaml. */
  readonly root: string;
  /** Working directory of the program, the folder of `main`. */
  readonly directory: string;
  /** Absolute path of the file or directory that is loaded. */
  readonly entryPoint: string;
  /** Where the Pulumi.<stack>.yaml files are. */
  readonly stackConfigDirectory: string;
  /** The declarations under `config` in Pulumi.yaml, by full key. */
  readonly configDeclarations: { readonly [key: string]: ConfigDeclaration };
}

export interface ConfigDeclaration {
  /** The value in stacks that do not set the key. */
  readonly default?: unknown | undefined;
  /** As Pulumi.yaml says: string, integer, boolean, array or object. */
  readonly type?: string | undefined;
  readonly secret: boolean;
}

const fileNames = ["Pulumi.yaml", "Pulumi.yml"];

/**
 * Reads the project in `directory`. Default: the nearest one at or above the working directory.
 * @throws UserError if there is none, or this process cannot run it
 */
export function readProject(directory?: string): Project {
  const file = projectFile(directory);
  const root = path.dirname(file);
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UserError(`${file} is not valid YAML: ${(error as Error).message}`);
  }
  if (typeof content !== "object" || content === null) throw new UserError(`${file} has no content`);
  const { name, runtime, main, config, stackConfigDir } = content as { [key: string]: unknown };
  if (typeof name !== "string" || name === "") throw new UserError(`${file}: "name" must be the project's name`);
  const { name: language, options } = runtimeOf(file, runtime);
  if (main !== undefined && typeof main !== "string") throw new UserError(`${file}: "main" must be a path`);

  const target = path.resolve(root, main ?? ".");
  if (!existsSync(target)) throw new UserError(`${file}: "main" is ${main}, and there is no ${target}`);
  const isDirectory = statSync(target).isDirectory();
  const programDirectory = isDirectory ? target : path.dirname(target);
  return {
    name,
    runtime: language,
    runtimeOptions: options,
    root,
    directory: programDirectory,
    entryPoint: isDirectory ? entryPointIn(target, language, file) : target,
    stackConfigDirectory: path.resolve(root, stackConfigDirectory(stackConfigDir, config)),
    configDeclarations: readDeclarations(name, config),
  };
}

/** The Pulumi.yaml of the project in a directory, or of the nearest. @throws UserError if there is none */
export function projectFile(directory: string | undefined): string {
  const start = path.resolve(directory ?? ".");
  if (directory !== undefined && !existsSync(start)) {
    throw new UserError(`there is no directory ${start}; --program takes the directory of a Pulumi.yaml`);
  }
  for (let current = start; ; current = path.dirname(current)) {
    for (const name of fileNames) {
      const file = path.join(current, name);
      if (existsSync(file)) return file;
    }
    if (directory !== undefined) {
      throw new UserError(`there is no Pulumi.yaml in ${start}; --program takes the directory of a Pulumi project`);
    }
    if (current === path.dirname(current)) {
      throw new UserError(
        `there is no Pulumi.yaml in ${start} or above; go to a Pulumi project, or name one with --program`,
      );
    }
  }
}

/** @throws UserError for a runtime that cannot be run here */
function runtimeOf(file: string, runtime: unknown): { name: string; options: Project["runtimeOptions"] } {
  const { name, options } = (typeof runtime === "object" && runtime !== null ? runtime : { name: runtime }) as {
    name?: unknown;
    options?: unknown;
  };
  const given = (typeof options === "object" && options !== null ? options : {}) as { [option: string]: unknown };
  if (name === "yaml" && given.compiler !== undefined)
    throw new UserError(
      `${file}: its YAML is made by the compiler ${JSON.stringify(given.compiler)}, which is not run; run it, and plan what it prints`,
    );
  if (typeof name !== "string" || hostNameOf(name) === undefined)
    throw new UserError(`${file}: "runtime" is ${JSON.stringify(name)}, which is not a Pulumi language`);
  return { name, options: given };
}

function entryPointIn(directory: string, runtime: string, file: string): string {
  if (runtime === "yaml") return yamlProgramFile(directory) ?? file;
  return runtime === "nodejs" ? entryPointOf(directory) : directory;
}

/**
 * The file that Pulumi runs for a directory: the main file of the enclosing package, otherwise the directory's index. A directory
 * inside a library's package would therefore run the library, so such projects set `main` to a file. Source: `cmd/run/run.js` of
 * Pulumi's Node SDK.
 */
function entryPointOf(directory: string): string {
  for (let current = directory; ; current = path.dirname(current)) {
    const file = path.join(current, "package.json");
    if (existsSync(file)) {
      const { exports, main } = JSON.parse(readFileSync(file, "utf8")) as { exports?: unknown; main?: string };
      const entry = mainExport(exports) ?? main;
      const resolved = entry === undefined ? undefined : path.join(current, entry);
      return resolved !== undefined && existsSync(resolved) ? resolved : directory;
    }
    if (current === path.dirname(current)) return directory;
  }
}

function mainExport(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  const main = (exports as { "."?: unknown } | undefined)?.["."];
  if (typeof main === "string") return main;
  const { default: standard, require, import: module } = (main ?? {}) as { [condition: string]: string | undefined };
  return standard ?? require ?? module;
}

/** Before `stackConfigDir`, the directory was the value of `config`. */
function stackConfigDirectory(stackConfigDir: unknown, config: unknown): string {
  if (typeof stackConfigDir === "string") return stackConfigDir;
  return typeof config === "string" ? config : ".";
}

function readDeclarations(project: string, config: unknown): Project["configDeclarations"] {
  if (typeof config !== "object" || config === null) return {};
  return Object.fromEntries(
    Object.entries(config as { [key: string]: unknown }).map(([key, declared]) => {
      const full =
        typeof declared === "object" && declared !== null ? (declared as { [key: string]: unknown }) : undefined;
      const value = full ? (full.value ?? full.default) : declared;
      const type = typeof full?.type === "string" ? full.type : undefined;
      return [fullKey(project, key), { default: value, type, secret: full?.secret === true }];
    }),
  );
}

/** A key without a namespace belongs to the project. */
export function fullKey(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}
