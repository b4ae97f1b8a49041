import { type ChildProcess, fork, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after } from "node:test";

const root = path.join(__dirname, "..", "..");

interface Options {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** What a run of `meshfence` ended with and said. */
export type Said = Pick<SpawnSyncReturns<string>, "status" | "stdout" | "stderr">;

const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: undefined, PULUMI_STACK: undefined };

/** Runs the built `meshfence` in a process of its own. */
export function meshfence(args: readonly string[], { cwd = root, env }: Options = {}): Said {
  const command = path.join(root, "dist", "cli", "main.js");
  return spawnSync(process.execPath, [command, ...args], {
    encoding: "utf8",
    cwd,
    env: { ...environment, ...env },
    // A page is about a megabyte, which is where Node.js would end the process.
    maxBuffer: 64 * 1024 * 1024,
  });
}

let host: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the built `meshfence` in a process that all such runs share, which is many times faster. Not for commands that run a Pulumi
 * program, which a process can do once.
 */
export function meshfenceShared(args: readonly string[], { cwd = root, env = {} }: Options = {}): Promise<Said> {
  const run = last.then(() => runShared(args, cwd, env));
  last = run.catch(() => undefined);
  return run;
}

async function runShared(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Said> {
  host ??= fork(path.join(__dirname, "cli-host.js"), { execArgv: [], env: environment });
  const ended = new AbortController();
  const { signal } = ended;
  const death = once(host, "exit", { signal }).then(([status]) => {
    throw new Error(`meshfence ${args.join(" ")} ended the process, status ${status}`);
  });
  death.catch(() => undefined);
  const answer = once(host, "message", { signal });
  answer.catch(() => undefined);
  host.send({ args, cwd, env });
  try {
    const [said] = (await Promise.race([answer, death])) as [Said];
    return said;
  } finally {
    ended.abort();
  }
}

after(() => void host?.kill());
