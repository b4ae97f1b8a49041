/** A module or a file that is not there, in the words of Node.js, TypeScript, Python, Go and the system. */
const missing =
  /\b(?:Cannot find (?:module|package)|No module named|no required module provides package|cannot find package|ENOENT|no such file or directory)\b/i;

/**
 * What to do where a program fails in the checkout of a revision for want of what is not committed, such as the output of a build.
 *
 * @param error What the program printed.
 * @param prepare The command that prepared the checkout.
 * @returns undefined where it fails for something else
 */
export function unpreparedHint(error: string, prepare: string | undefined): string | undefined {
  if (!missing.test(error)) return undefined;
  return prepare === undefined
    ? 'A checkout holds what is committed, and node_modules. If a build makes what is missing, name it: --prepare "npm run build"'
    : "A checkout holds what is committed, node_modules, and what --prepare makes";
}
