import path from "node:path";
import { runChild } from "../../../common/child";
import { findProgram, foldersOfPath } from "../../../common/programs";
import { temporaryFolder } from "../../../common/temporary-folder";

/** A program on this machine that renders. */
export interface Tool {
  /** Its name in messages. */
  name: string;
  file: string;
  /** The first arguments of every call, such as `kustomize` for kubectl. */
  leadingArgs: readonly string[];
  /** Changes whenever the program is replaced, which invalidates cached output. */
  stamp: string;
}

export interface Tools {
  kustomize?: Tool;
  helm?: Tool;
}

/** Finds the tools on the PATH. Without kustomize, `kubectl kustomize` is used. */
export function findTools(env: NodeJS.ProcessEnv = process.env): Tools {
  const kubectl = toolOf("kubectl", env);
  const kustomize =
    toolOf("kustomize", env) ?? (kubectl && { ...kubectl, name: "kubectl kustomize", leadingArgs: ["kustomize"] });
  const helm = toolOf("helm", env);
  return { ...(kustomize && { kustomize }), ...(helm && { helm }) };
}

function toolOf(name: string, env: NodeJS.ProcessEnv): Tool | undefined {
  const program = findProgram(name, foldersOfPath(env));
  return program && { name, ...program, leadingArgs: [] };
}

export interface Run {
  /** Whether the tool may use the network and git. Otherwise it can neither start a program nor connect. */
  remote: boolean;
  seconds: number;
  /** The tool's home, a temporary folder. */
  home: string;
  /** The tool's working directory. Default: its home. */
  directory?: string;
  /** The tool's PATH when it is not remote. Default: empty. */
  path?: readonly string[];
}

export type Ran = { output: string } | { failed: string };

/** Limits of address space and output, far above what rendering needs. */
const memoryKilobytes = 12 * 1024 * 1024;
const maxOutputBytes = 1 << 27;

/** Runs a tool on the files in a temporary folder. Never rejects. */
export async function runTool({ name, file, leadingArgs }: Tool, args: readonly string[], run: Run): Promise<Ran> {
  const env = run.remote
    ? { ...process.env, ...homes(run.home) }
    : { ...homes(run.home), ...noNetwork, PATH: (run.path ?? []).join(path.delimiter) };
  // A chart with endless output would exhaust the memory before the time.
  const setup = process.platform === "linux" ? `ulimit -v ${memoryKilobytes}` : ":";
  const options = {
    cwd: run.directory ?? run.home,
    env,
    timeoutSeconds: run.seconds,
    maxOutputBytes,
    setup,
  };
  try {
    const { status, output, errors, exceeded } = await runChild(file, [...leadingArgs, ...args], options, "SIGKILL");
    if (exceeded === "output") return { failed: `${name} printed more than ${maxOutputBytes >> 20} MiB` };
    if (exceeded === "timeout") return { failed: `${name} took longer than ${run.seconds} s` };
    if (status === 0) return { output };
    return { failed: reasonOf(errors, run.home) || `${name} ended with ${status}` };
  } catch (error) {
    return { failed: `${name} cannot be started: ${(error as Error).message}` };
  }
}

/** Environment variables that hide the user's plugins, repositories and clusters from a tool. */
const homes = (home: string): NodeJS.ProcessEnv => ({
  HOME: home,
  TMPDIR: home,
  XDG_CONFIG_HOME: path.join(home, ".config"),
  XDG_CACHE_HOME: path.join(home, ".cache"),
  XDG_DATA_HOME: path.join(home, ".data"),
  HELM_PLUGINS: path.join(home, ".plugins"),
  KUBECONFIG: path.join(home, ".kubeconfig"),
  GIT_TERMINAL_PROMPT: "0",
});

/** A proxy where nothing listens, so that every connection fails. */
const nowhere = "http://127.0.0.1:9";
const noNetwork: NodeJS.ProcessEnv = {
  HTTP_PROXY: nowhere,
  HTTPS_PROXY: nowhere,
  http_proxy: nowhere,
  https_proxy: nowhere,
};

/** The tool's own message in one line, without the temporary folder. */
function reasonOf(stderr: string, home: string): string {
  const lines = stderr
    .replaceAll(`${home}/tree/`, "")
    .replaceAll(home, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s*(#|level=|Warning:|walk\.go)/i.test(line));
  const at = lines.findIndex((line) => /^\s*error/i.test(line));
  const [first, last] = [lines[at]?.trim(), lines.at(-1)?.trim() ?? ""];
  // Helm breaks an error in a template into lines: what was executed where, and why that failed.
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !/^\s|:\d+:\d+$/.test(line));
  const further = at < 0 ? [] : rest.slice(0, end < 0 ? rest.length : end).map((line) => line.trim());
  const open = first !== undefined && further.length === 0 && first !== last && /[:`]$/.test(first);
  const whole = [first ?? last, ...further].join(" ");
  const text = `${whole}${open ? ` … ${last}` : ""}`.replace(/^Error: /i, "");
  // The cause is at the end, behind its context.
  return text.length > 300 ? `${text.slice(0, 60)} … ${text.slice(-230)}` : text;
}

/** Runs a task in a temporary folder and removes it afterwards. */
export async function inTemporaryFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const { folder, remove } = temporaryFolder("render");
  try {
    return await use(folder);
  } finally {
    remove();
  }
}
