import { remembered } from "../../../common/maps";
import { goRegExp, isGoRegExp } from "../../../kubernetes/schema/go-regexp";

/** A line of a `.gitignore`, as the library of Flux reads it. It does not read all of them as git does. */
export interface IgnorePattern {
  /** The folders in which it counts, from the root. */
  domain: readonly string[];
  parts: readonly string[];
  includes: boolean;
  foldersOnly: boolean;
}

/** The patterns of a text, the last of which that matches decides. */
export function ignorePatterns(text: string, domain: readonly string[] = []): IgnorePattern[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("#") && line.trim() !== "")
    .map((line) => {
      const includes = line.startsWith("!");
      const own = includes ? line.slice(1) : line;
      const trimmed = own.endsWith("\\ ") ? own : own.replace(/ +$/, "");
      const foldersOnly = trimmed.endsWith("/");
      return { domain, parts: (foldersOnly ? trimmed.slice(0, -1) : trimmed).split("/"), includes, foldersOnly };
    });
}

/** Whether patterns leave out a path. */
export function isIgnored(patterns: readonly IgnorePattern[], path: readonly string[], isFolder: boolean): boolean {
  for (let at = patterns.length - 1; at >= 0; at--) {
    const pattern = patterns[at];
    if (pattern !== undefined && matches(pattern, path, isFolder)) return !pattern.includes;
  }
  return false;
}

function matches(pattern: IgnorePattern, whole: readonly string[], isFolder: boolean): boolean {
  const { domain, parts, foldersOnly } = pattern;
  if (whole.length <= domain.length || domain.some((part, index) => whole[index] !== part)) return false;
  const path = whole.slice(domain.length);
  if (parts.length > 1) return matchesPath(parts, path, foldersOnly && !isFolder);
  const found = path.findIndex((name) => matchesName(parts[0] ?? "", name));
  return found >= 0 && !(foldersOnly && !isFolder && found === path.length - 1);
}

/** What is below a folder that matches, matches too. */
function matchesPath(parts: readonly string[], path: readonly string[], isNoFolder: boolean): boolean {
  let rest = path;
  let [matched, anywhere] = [false, false];
  for (const [index, part] of parts.entries()) {
    if (part === "") {
      anywhere = false;
    } else if (part === "**") {
      if (index === parts.length - 1) break;
      anywhere = true;
    } else {
      if (part.includes("**") || rest.length === 0) return false;
      const found = anywhere
        ? rest.findIndex((name) => matchesName(part, name))
        : matchesName(part, rest[0] ?? "")
          ? 0
          : -1;
      if (found < 0 && !anywhere) return false;
      matched = found >= 0;
      rest = found < 0 ? [] : rest.slice(found + 1);
      anywhere = false;
    }
  }
  return matched && !(isNoFolder && rest.length === 0);
}

/** Go's `filepath.Match` of a name. */
const matchesName = (pattern: string, name: string): boolean =>
  /[*?[\\]/.test(pattern) ? (expressionOf(pattern).made?.test(name) ?? false) : pattern === name;

/** None where Go refuses the pattern. Every file is compared with every pattern. */
const expressionOf = remembered((pattern): { made?: Pick<RegExp, "test"> } => {
  const expression = [...pattern.matchAll(/\\.|\[[^\]]*\]|./gsu)].map(([part]) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (/^\[.+\]$/s.test(part)) return part;
    return part.replace(/^\\/, "").replaceAll(/[.+^$()|[\]{}\\*?]/g, "\\$&");
  });
  const source = `^(?s:${expression.join("")})$`;
  return isGoRegExp(source) ? { made: goRegExp(source) } : {};
});
