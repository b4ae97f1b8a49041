/** Messages about a missing module or file, from Node.js, TypeScript, Python, Go and the system. */
const missing =
  /\b(?:Cannot find (?:module|package)|No module named|no required module provides package|cannot find package|ENOENT|no such file or directory)\b/i;

/**
 * What to do if a program fails in a checkout because something is not committed, such as the output of a build.
 *
 * @param error What the program printed.
 * @param prepare The command that prepared the checkout, if any.
 * @returns Undefined if it fails for another reason.
 */
export function unpreparedHint(error: string, prepare: string | undefined): string | undefined {
  if (!missing.test(error)) return undefined;
  return prepare === undefined
    ? 'A checkout has only committed files and node_modules. If a build creates what is missing, run it with --prepare "npm run build"'
    : "A checkout has only committed files, node_modules, and what --prepare creates";
}
