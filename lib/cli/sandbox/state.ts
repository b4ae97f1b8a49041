import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** Where the stack's state is kept, as variables for the Pulumi CLI. */
export interface StateLocation {
  readonly env: { readonly [name: string]: string };
  /** For people. */
  readonly description: string;
}

/**
 * The user's own backend and passphrase where they have chosen one: by `PULUMI_BACKEND_URL`, by `pulumi login`, or in Pulumi.yaml.
 * Otherwise a folder of this user's, outside the project, with a random passphrase that is kept beside it and only this user can read:
 * secrets in the state are encrypted with it.
 */
export function stateLocation(
  projectRoot: string,
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): StateLocation {
  const chosen = chosenBackend(projectRoot, env, home);
  if (chosen !== undefined) return { env: {}, description: chosen };
  const directory = path.join(dataDirectory(env, home), "meshfence");
  const state = path.join(directory, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const backend = { PULUMI_BACKEND_URL: `file://${state}` };
  const ownPassphrase = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  if (ownPassphrase) return { env: backend, description: state };
  return { env: { ...backend, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(directory) }, description: state };
}

function chosenBackend(projectRoot: string, env: NodeJS.ProcessEnv, home: string): string | undefined {
  if (env.PULUMI_BACKEND_URL) return env.PULUMI_BACKEND_URL;
  const project = readText(path.join(projectRoot, "Pulumi.yaml"));
  if (/^backend:/m.test(project)) return "the backend in Pulumi.yaml";
  const credentials = readText(path.join(env.PULUMI_HOME ?? path.join(home, ".pulumi"), "credentials.json"));
  try {
    const { current } = JSON.parse(credentials) as { current?: string };
    return current || undefined;
  } catch {
    return undefined;
  }
}

function passphraseFile(directory: string): string {
  const file = path.join(directory, "passphrase");
  // Created once, and by one process only: losing it would lose what it encrypted.
  if (!existsSync(file)) {
    try {
      writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return file;
}

function dataDirectory(env: NodeJS.ProcessEnv, home: string): string {
  if (env.XDG_DATA_HOME) return env.XDG_DATA_HOME;
  if (process.platform === "win32") return env.LOCALAPPDATA ?? path.join(home, "AppData", "Local");
  return process.platform === "darwin"
    ? path.join(home, "Library", "Application Support")
    : path.join(home, ".local", "share");
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
