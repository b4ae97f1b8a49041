import { devNull } from "node:os";
import path from "node:path";

/** An empty file of grafts would be warned of, one that is not there is not. */
const noGrafts = path.join(devNull, "none");

/**
 * Arguments before every subcommand of git, so that nothing in a repository is executed. A change can contain a bare repository in plain files,
 * whose configuration git would obey, so it is ignored unless named (`safe.bareRepository`, git 2.38). No hooks, no file system monitor, no
 * submodules, and no transport: a missing object is an error, not a fetch.
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
 * Its environment: it fetches nothing, whatever a configuration allows (git before 2.44 does not know GIT_NO_LAZY_FETCH), and prompts for nothing. Objects
 * count as what they are, with the parents that they have, not as what this clone replaces them with (`git replace`, grafts): nobody else sees that.
 */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...{ GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "", GIT_TERMINAL_PROMPT: "0" },
    ...{ GIT_OPTIONAL_LOCKS: "0", GIT_NO_REPLACE_OBJECTS: "1", GIT_GRAFT_FILE: noGrafts },
  };
}
