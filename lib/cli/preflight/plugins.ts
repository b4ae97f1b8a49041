import { type Execute, firstLine } from "../../common/process";
import { findProgram, foldersOfPath } from "../../common/programs";
import type { PreflightCheck } from "./check";

/** A plugin of the Pulumi CLI, at the version that the program's SDK asks for. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
}

const what = "Pulumi plugins";

/**
 * Whether the CLI runs the plugin that it finds on the PATH, as Nix and others install them. It takes that one, whatever its version, before
 * those of its own folder.
 */
function isOnPath({ name }: Plugin, env: NodeJS.ProcessEnv): boolean {
  if (/^(1|t|true)$/i.test(env.PULUMI_IGNORE_AMBIENT_PLUGINS ?? "")) return false;
  return findProgram(`pulumi-resource-${name}`, foldersOfPath(env)) !== undefined;
}

interface PluginsOptions {
  readonly execute: Execute;
  /** The Pulumi CLI. */
  readonly command: string;
  readonly plugins: readonly Plugin[];
  /** Called with what takes time. */
  readonly notice?: ((line: string) => void) | undefined;
  /** Default: the process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Checks for the plugins, and lets the CLI install those that are missing. */
export async function checkPlugins({
  execute,
  command,
  plugins,
  notice,
  env = process.env,
}: PluginsOptions): Promise<PreflightCheck> {
  const listed = await execute(command, ["plugin", "ls", "--json"], 20);
  if (listed.kind !== "ended" || listed.code !== 0) {
    const said = listed.kind === "ended" ? firstLine(listed.stderr) : listed.kind;
    return { what, ok: false, found: "cannot be listed", fix: `\`pulumi plugin ls\` must work; it said: ${said}` };
  }
  const there = new Set(parse(listed.stdout).map(label));
  const onPath = new Set(plugins.filter((plugin) => isOnPath(plugin, env)));
  const missing = plugins.filter((plugin) => !onPath.has(plugin) && !there.has(label(plugin)));
  if (missing.length > 0) notice?.(`Getting Pulumi plugins: ${missing.map(label).join(", ")}`);
  const got = await Promise.all(missing.map((plugin) => get(execute, command, plugin)));
  const failed = missing.filter((_, index) => got[index] !== undefined);
  if (failed.length === 0)
    return {
      what,
      ok: true,
      found: plugins.map((plugin) => (onPath.has(plugin) ? `${plugin.name} on the PATH` : label(plugin))).join(", "),
    };
  const commands = failed.map(({ name, version }) => `pulumi plugin install resource ${name} ${version}`);
  return {
    what,
    ok: false,
    found: `cannot get ${failed.map(label).join(", ")}`,
    fix: `with a network, run: ${commands.join(" && ")}. It said: ${got.find((problem) => problem !== undefined)}`,
  };
}

/** Returns why the plugin could not be installed. */
async function get(execute: Execute, command: string, { name, version }: Plugin): Promise<string | undefined> {
  const execution = await execute(command, ["plugin", "install", "resource", name, version], 600);
  if (execution.kind !== "ended") return execution.kind;
  return execution.code === 0 ? undefined : lastLine(execution.stderr);
}

/** The last line, which has the CLI's reason, after retries and progress. */
function lastLine(text: string): string {
  return firstLine(text.split("\n").reverse().join("\n"));
}

function parse(text: string): Plugin[] {
  try {
    return JSON.parse(text) as Plugin[];
  } catch {
    return [];
  }
}

function label({ name, version }: Plugin): string {
  return `${name} ${version}`;
}
