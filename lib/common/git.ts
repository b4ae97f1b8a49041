/**
 * What stands before every subcommand of git, so that nothing that a repository holds is run. A folder of a change may be a bare repository in
 * plain files, whose configuration git would obey: it counts only where it is named (`safe.bareRepository`, git 2.38). No hooks, no file
 * system monitor, nothing of submodules, and no transport: an object that is not there is missing, not fetched.
 */
const withoutCommands = [
  "safe.bareRepository=explicit",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "protocol.allow=never",
  "submodule.recurse=false",
  "diff.external=",
].flatMap((setting) => ["-c", setting]);

/** The arguments of a git that runs nothing of the repository. */
export function gitArguments(args: readonly string[]): string[] {
  return [...withoutCommands, ...args];
}

/** Its environment: it fetches nothing and asks nobody. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
}
