import { execFileSync, type SpawnOptions, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { type ChildEnd, runChild } from "../../common/child";
import { gitArguments, gitEnvironment } from "../../common/git";
import { whileInterruptible } from "../../common/interrupt";
import { lastLines } from "../../common/last-lines";
import { isAbandoned, temporaryFolder } from "../../common/temporary-folder";
import { UserError } from "../../common/user-error";
import { environmentOfChange } from "./environment";

/** The root of the repository that a directory is in. @throws UserError if it is in none */
export function repositoryRoot(directory: string): string {
  return git(directory, ["rev-parse", "--show-toplevel"], `${directory} is not in a git repository`);
}

/**
 * Checks a revision out beside the repository, with the packages that its programs need, and removes it after `use`. The working tree stays as
 * it is.
 *
 * @throws UserError if there is no such revision, or its packages cannot be installed
 */
export async function withCheckout<Result>(
  root: string,
  revision: string,
  prepare: string | undefined,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  if (revision === "") throw new UserError("the revision to compare with is empty: name a branch, a tag or a commit");
  const commit = git(
    root,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    `${revision} is not a revision of this repository; a shallow clone has only the newest (on GitHub, give actions/checkout fetch-depth: 2; on GitLab, set GIT_DEPTH: 0)`,
  );
  const { folder, remove } = temporaryFolder("pr");
  collectAbandonedWorktrees(root);
  const directory = path.join(folder, "tree");
  // The folder first: on some systems, git would follow the links in it.
  const forget = (isInterrupted: boolean) => {
    remove();
    forgetWorktrees(root, (tree) => (tree === undefined ? isInterrupted : isIn(folder, tree)));
  };
  const done = whileInterruptible(() => forget(true));
  try {
    await child(
      "git",
      gitArguments(["worktree", "add", "--detach", "--quiet", directory, commit]),
      { cwd: root, env: withoutFilters(root) },
      `${revision} cannot be checked out`,
    );
    await providePackages(root, directory, revision);
    if (prepare !== undefined)
      await child(
        prepare,
        [],
        { cwd: directory, shell: true, env: environmentOfChange() },
        `--prepare ${prepare}, for ${revision}, failed`,
      );
    return await use(directory);
  } finally {
    forget(false);
    done();
  }
}

/**
 * The environment of a checkout that runs no filters. The change's own .gitattributes chooses which files they apply to, and the filter of Git LFS would
 * connect to the server that the change's .lfsconfig names. Users who need it pass `--prepare "git lfs pull"`.
 */
function withoutFilters(root: string): NodeJS.ProcessEnv {
  const { stdout } = runGit(root, ["config", "--null", "--name-only", "--get-regexp", "^filter\\."]);
  const keys = stdout.split("\0").filter(Boolean);
  const filters = [...new Set(keys.map((key) => key.slice(0, key.lastIndexOf("."))))];
  const settings = filters.flatMap((name) => [
    [`${name}.smudge`, ""],
    [`${name}.process`, ""],
    [`${name}.required`, "false"],
  ]);
  const env = gitEnvironment();
  const given = Number(env.GIT_CONFIG_COUNT ?? 0);
  // A name may contain `=`, which `-c` cannot take.
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${given + index}`] = key;
    env[`GIT_CONFIG_VALUE_${given + index}`] = value;
  }
  return { ...env, GIT_CONFIG_COUNT: `${given + settings.length}` };
}

/** Compares the unique folder name only, since git may have recorded the path with its links resolved. */
const isIn = (folder: string, tree: string) => path.basename(path.dirname(tree)) === path.basename(folder);

/** Removes git's records of worktrees that killed runs left. */
function collectAbandonedWorktrees(root: string): void {
  forgetWorktrees(
    root,
    (tree) => tree !== undefined && path.basename(tree) === "tree" && isAbandoned(path.basename(path.dirname(tree))),
  );
}

/**
 * Removes git's records of worktrees, without git: `git worktree prune` skips a locked one, as each is during creation, and if git was killed while it
 * wrote a record, even `git worktree list` fails.
 *
 * @param isOurs Called with a worktree's path; with undefined for one named like ours whose path git had not written yet.
 */
function forgetWorktrees(root: string, isOurs: (tree: string | undefined) => boolean): void {
  const { stdout } = runGit(root, ["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  const records = path.join(stdout.trim() || path.join(root, ".git"), "worktrees");
  if (!existsSync(records)) return;
  for (const name of readdirSync(records)) {
    const known = path.join(records, name, "gitdir");
    const written = existsSync(known) ? readFileSync(known, "utf8").trim() : "";
    const isNamedLikeOurs = /^tree\d*$/.test(name);
    if (written === "" ? isNamedLikeOurs && isOurs(undefined) : isOurs(path.dirname(written)))
      rmSync(path.join(records, name), { recursive: true, force: true });
  }
  if (readdirSync(records).length === 0) rmSync(records, { recursive: true, force: true });
}

const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

/**
 * Gives each package of the checkout its modules: the working tree's if the lock files are equal, otherwise what npm's lock file says. Other package
 * managers are left to `--prepare`.
 */
async function providePackages(root: string, checkout: string, revision: string): Promise<void> {
  const patterns = lockFiles.flatMap((name) => [name, `**/${name}`]);
  for (const lock of tracked(checkout, patterns)) {
    const [own, other] = [path.join(root, lock), path.join(checkout, lock)];
    const modules = path.join(path.dirname(own), "node_modules");
    const target = path.join(path.dirname(other), "node_modules");
    const used = existsSync(modules);
    if (used && isSameFile(own, other)) {
      symlinkSync(modules, target, "junction");
    } else if ((used || !existsSync(own)) && path.basename(lock) === "package-lock.json") {
      // If the working tree has not installed a package, no plan needs it.
      const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
      const options = { cwd: path.dirname(other), shell: process.platform === "win32", env: environmentOfChange() };
      await child("npm", args, options, `npm ci for ${lock} of ${revision} failed`);
    }
  }
  // Without a lock file, a package with the same package.json gets the same modules.
  for (const file of tracked(checkout, ["package.json", "**/package.json"])) {
    const [own, other] = [path.join(root, file), path.join(checkout, file)];
    const modules = path.join(path.dirname(own), "node_modules");
    const target = path.join(path.dirname(other), "node_modules");
    const isLocked = lockFiles.some((name) => existsSync(path.join(path.dirname(other), name)));
    if (!isLocked && !existsSync(target) && existsSync(modules) && isSameFile(own, other))
      symlinkSync(modules, target, "junction");
  }
}

const tracked = (checkout: string, patterns: readonly string[]): string[] =>
  git(checkout, ["ls-files", "-z", "--", ...patterns], "")
    .split("\0")
    .filter(Boolean);

const isSameFile = (own: string, other: string): boolean =>
  existsSync(own) && readFileSync(own).equals(readFileSync(other));

/** @throws UserError with the end of its output if it fails */
async function child(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "shell" | "env">,
  failure: string,
): Promise<void> {
  const { status, output, errors, exceeded } = await runChild(
    command,
    args,
    { ...options, maxOutputBytes: mostOutput },
    "SIGKILL",
  ).catch(({ message }: Error): ChildEnd => ({ status: 1, output: "", errors: message }));
  if (status === 0) return;
  const why = exceeded === undefined ? [] : [`it printed more than ${mostOutput >> 20} MiB`];
  // Compilers report problems on their output.
  const details = [...why, lastLines(`${output}\n${errors}`, 10)].join("\n");
  throw new UserError(`${failure}:\n  ${details.replaceAll("\n", "\n  ")}`);
}

/** In bytes: more than an installation or a build prints. */
const mostOutput = 1 << 28;

/** Runs git and ignores failures. */
function runGit(cwd: string, args: readonly string[]): { stdout: string } {
  return spawnSync("git", gitArguments(args), { cwd, encoding: "utf8", env: gitEnvironment() });
}

function git(cwd: string, args: readonly string[], failure: string): string {
  try {
    return execFileSync("git", gitArguments(args), {
      cwd,
      encoding: "utf8",
      env: gitEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    }).trimEnd();
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new UserError("git is not installed, but pr needs it to compare revisions");
    throw new UserError([failure, stderr.trim()].filter(Boolean).join(": "));
  }
}
