import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import type { Project } from "./project";

/** The backend that keeps a project's stacks: chosen by the user, or meshfence's own folder. */
export interface Backend {
  url: string;
  /** meshfence's own folder, which also has things beside the `state`. */
  own?: string;
}

/** The backend from `PULUMI_BACKEND_URL`, Pulumi.yaml or `pulumi login`, otherwise a folder of this user, outside the project. */
export function backendOf(root: string, env: NodeJS.ProcessEnv = process.env, home = homedir()): Backend {
  if (env.PULUMI_BACKEND_URL) return { url: env.PULUMI_BACKEND_URL };
  const chosen = backendInProject(root) ?? loggedIn(env, home);
  if (chosen !== undefined) return { url: chosen };
  const own = path.join(dataDirectory(env, home), "meshfence");
  return { url: `file://${path.join(own, "state")}`, own };
}

/**
 * The stack that `pulumi stack select` chose for the project, if any. Pulumi records it in its home folder, by the path of the Pulumi.yaml and, in
 * newer versions, by backend.
 */
export function selectedStack(
  { name, root }: Pick<Project, "name" | "root">,
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): string | undefined {
  const { url } = backendOf(root, env, home);
  for (const folder of new Set([root, realpathSync(root)])) {
    for (const file of ["Pulumi.yaml", "Pulumi.yml"]) {
      const digest = createHash("sha1").update(path.join(folder, file)).digest("hex");
      const settings = path.join(pulumiHome(env, home), "workspaces", `${name}-${digest}-workspace.json`);
      const { stack, stacks } = read(settings) as { stack?: unknown; stacks?: { [backend: string]: unknown } };
      const byBackend = Object.entries(stacks ?? {}).find(([backend]) => withoutSlash(backend) === withoutSlash(url));
      const selected = byBackend?.[1] ?? stack;
      // In full it is organization/project/stack.
      if (typeof selected === "string" && selected !== "") return selected.split("/").at(-1);
    }
  }
  return undefined;
}

const withoutSlash = (url: string) => url.replace(/\/+$/, "");

const pulumiHome = (env: NodeJS.ProcessEnv, home: string) => env.PULUMI_HOME || path.join(home, ".pulumi");

function backendInProject(root: string): string | undefined {
  const text = textOf(path.join(root, "Pulumi.yaml")) ?? textOf(path.join(root, "Pulumi.yml")) ?? "";
  try {
    const { backend } = (parse(text) ?? {}) as { backend?: { url?: unknown } };
    return typeof backend?.url === "string" && backend.url !== "" ? backend.url : undefined;
  } catch {
    return undefined;
  }
}

function loggedIn(env: NodeJS.ProcessEnv, home: string): string | undefined {
  const { current } = read(path.join(pulumiHome(env, home), "credentials.json")) as { current?: unknown };
  return typeof current === "string" && current !== "" ? current : undefined;
}

function dataDirectory(env: NodeJS.ProcessEnv, home: string): string {
  if (env.XDG_DATA_HOME) return env.XDG_DATA_HOME;
  if (process.platform === "win32") return env.LOCALAPPDATA ?? path.join(home, "AppData", "Local");
  return process.platform === "darwin"
    ? path.join(home, "Library", "Application Support")
    : path.join(home, ".local", "share");
}

/** An empty map if the file does not exist or is not a map. */
function read(file: string): object {
  try {
    const content: unknown = JSON.parse(textOf(file) ?? "{}");
    return typeof content === "object" && content !== null ? content : {};
  } catch {
    return {};
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
