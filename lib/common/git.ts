import { devNull } from "node:os";
import path from "node:path";

/** A path that does not exist: git would warn about an existing graft file, even an empty one. */
const noGrafts = path.join(devNull, "none");

/**
 * Arguments before every git subcommand, so that git executes nothing from a repository. A change may contain a bare repository in its files, whose
 * configuration git would obey, so that such repositories are ignored unless named explicitly (`safe.bareRepository`, git 2.38). No hooks, no file
 * system monitor, no submodules, and no transport: a missing object is an error instead of a fetch.
 */
const withoutCommands = [
  "safe.bareRepository=explicit",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "protocol.allow=never",
  "submodule.recurse=false",
  "diff.external=",
].flatMap((setting) => ["-c", setting]);

/** The arguments of a git command that executes nothing from the repository. */
export function gitArguments(args: readonly string[]): string[] {
  return [...withoutCommands, ...args];
}

/**
 * The environment of such a git command: it fetches nothing, whatever the configuration allows (git before 2.44 does not know GIT_NO_LAZY_FETCH), and
 * never prompts. It ignores replaced objects and grafts (`git replace`), which only exist in this clone.
 */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...{ GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "", GIT_TERMINAL_PROMPT: "0" },
    ...{ GIT_OPTIONAL_LOCKS: "0", GIT_NO_REPLACE_OBJECTS: "1", GIT_GRAFT_FILE: noGrafts },
  };
}
