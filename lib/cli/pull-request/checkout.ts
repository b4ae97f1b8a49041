import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gitArguments, gitEnvironment } from "../../common/git";
import { UserError } from "../../common/user-error";

/** The root of the repository that a directory is in. @throws UserError where it is in none */
export function repositoryRoot(directory: string): string {
  return git(directory, ["rev-parse", "--show-toplevel"], `${directory} is in no git repository`);
}

/**
 * Checks a revision out beside the repository, with the packages that its programs need, and removes it after `use`. The working tree is
 * not touched.
 *
 * @throws UserError where there is no such revision, or where its packages cannot be installed
 */
export async function withCheckout<Result>(
  root: string,
  revision: string,
  prepare: string | undefined,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  const commit = git(
    root,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    `${revision} is not a revision of this repository; a shallow clone has only the newest (actions/checkout: fetch-depth: 2)`,
  );
  const parent = mkdtempSync(path.join(tmpdir(), "meshfence-pr-"));
  const directory = path.join(parent, "tree");
  try {
    git(root, ["worktree", "add", "--detach", "--quiet", directory, commit], `${revision} cannot be checked out`);
    providePackages(root, directory, revision);
    if (prepare !== undefined) run(prepare, [], directory, `--prepare ${prepare}, for ${revision}`, true);
    return await use(directory);
  } finally {
    rmSync(parent, { recursive: true, force: true });
    spawnSync("git", gitArguments(["worktree", "prune"]), { cwd: root, env: gitEnvironment() });
  }
}

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/**
 * Package by package of the repository: the working tree's own modules where the lock files agree, else what npm's lock file says. What
 * another package manager locks otherwise is left to `--prepare`.
 */
function providePackages(root: string, checkout: string, revision: string): void {
  const patterns = lockFiles.flatMap((name) => [name, `**/${name}`]);
  const locks = git(checkout, ["ls-files", "-z", "--", ...patterns], "")
    .split("\0")
    .filter((file) => file !== "");
  for (const lock of locks) {
    const [own, other] = [path.join(root, lock), path.join(checkout, lock)];
    const modules = path.join(path.dirname(own), "node_modules");
    const target = path.join(path.dirname(other), "node_modules");
    const used = existsSync(modules);
    if (used && existsSync(own) && readFileSync(own).equals(readFileSync(other))) {
      symlinkSync(modules, target, "junction");
    } else if ((used || !existsSync(own)) && path.basename(lock) === "package-lock.json") {
      // A package that the working tree has no modules of takes no part in what is planned.
      const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
      run("npm", args, path.dirname(other), `npm ci for ${lock} of ${revision}`, process.platform === "win32");
    }
  }
}

function run(command: string, args: readonly string[], cwd: string, what: string, shell: boolean): void {
  const { status, error, stderr, stdout } = spawnSync(command, args, {
    cwd,
    shell,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return;
  // Compilers reportProblems on their output.
  const said = [stdout, stderr].flatMap((text) => (text ?? "").trim().split("\n")).filter((line) => line !== "");
  throw new UserError(`${what} failed:\n  ${error?.message ?? said.slice(-10).join("\n  ")}`);
}

function git(cwd: string, args: readonly string[], complaint: string): string {
  try {
    return execFileSync("git", gitArguments(args), {
      cwd,
      encoding: "utf8",
      env: gitEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new UserError("git is not installed, and pull requests are compared by it");
    throw new UserError([complaint, stderr.trim()].filter(Boolean).join(": "));
  }
}
