import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { UserError } from "../../common/user-error";
import { backendOf } from "../../plan/selected-stack";

/** Where the stack's state is kept, as variables for the Pulumi CLI. */
export interface StateLocation {
  readonly env: { readonly [name: string]: string };
  /** For people. */
  readonly description: string;
  /** The folder of state and passphrase, if it is meshfence's own. */
  readonly directory?: string;
  /** Creates meshfence's own folder and passphrase if they do not exist yet. Call it before Pulumi runs. */
  readonly prepare: () => void;
}

/**
 * The user's own backend and passphrase if they have chosen one: with `PULUMI_BACKEND_URL`, `pulumi login`, or in Pulumi.yaml.
 * Otherwise a folder of this user, outside the project, with a random passphrase beside it that only this user can read:
 * secrets in the state are encrypted with it.
 */
export function stateLocation(
  projectRoot: string,
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): StateLocation {
  const { url, own: directory } = backendOf(projectRoot, env, home);
  if (directory === undefined) return { env: {}, description: url, prepare: () => undefined };
  const state = path.join(directory, "state");
  const passphrase = path.join(directory, "passphrase");
  const usersPassphrase = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    env: {
      PULUMI_BACKEND_URL: url,
      ...(usersPassphrase ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: passphrase }),
    },
    description: state,
    directory,
    prepare: () => {
      mkdirSync(state, { recursive: true, mode: 0o700 });
      if (!usersPassphrase) createPassphrase(passphrase);
    },
  };
}

/**
 * Creates the passphrase once, by one process: losing it would lose what it encrypts. The file gets its name only when it is
 * complete, so that a full disk or a kill leaves no file instead of an empty one, which Pulumi would accept.
 *
 * @throws UserError if the file exists and is empty
 */
function createPassphrase(file: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    if (existsSync(file)) {
      requireText(file);
      return;
    }
    writeFileSync(draft, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx", flush: true });
    linkSync(draft, file);
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    requireText(file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function requireText(file: string): void {
  if (readFileSync(file, "utf8").trim() !== "") return;
  throw new UserError(
    `the passphrase in ${file} is empty, so nothing would be encrypted; restore it if a stack was created with it, otherwise remove the file and run this again`,
  );
}
