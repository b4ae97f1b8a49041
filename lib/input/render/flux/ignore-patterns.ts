import { remembered } from "../../../common/maps";
import { goRegExp, isGoRegExp } from "../../../kubernetes/schema/go-regexp";

/** A line of an ignore file as go-git reads it, the library that Flux uses. It differs from git in some patterns. */
export interface IgnorePattern {
  /** The folder that it applies to, in parts, from the root of the artifact. */
  domain: readonly string[];
  parts: readonly string[];
  includes: boolean;
  foldersOnly: boolean;
}

/** Parses an ignore file. Later patterns override earlier ones. */
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

/** Whether patterns exclude a path. */
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

/** Matches a pattern with slashes. Everything below a matching folder matches, too. */
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

/** Go's `filepath.Match` for a single name. */
const matchesName = (pattern: string, name: string): boolean =>
  /[*?[\\]/.test(pattern) ? (expressionOf(pattern).made?.test(name) ?? false) : pattern === name;

/** The compiled pattern; nothing if Go refuses it. Remembered, because every file is compared with every pattern. */
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
