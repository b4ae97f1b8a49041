/** Values by variable. */
export type Variables = ReadonlyMap<string, string>;

/**
 * Replaces `${name}` as Flux does after a build (drone/envsubst, `postBuild`): with defaults, lengths, cases, slices and replacements; `$${name}` stays
 * `${name}`, and `$name` is text.
 *
 * @param unknown Whether there are variables of which nothing is known. Then one that is not given stays as it is written, unless it has a
 *   default; otherwise it is empty.
 */
export function substitute(text: string, variables: Variables, unknown: boolean): string {
  let result = "";
  for (let at = 0; at < text.length; ) {
    const start = text.indexOf("${", at);
    if (start < 0) return result + text.slice(at);
    if (text[start - 1] === "$") {
      result += `${text.slice(at, start - 1)}\${`;
      at = start + 2;
      continue;
    }
    const end = closing(text, start + 2);
    if (end === undefined) return result + text.slice(at);
    const inner = text.slice(start + 2, end);
    result += text.slice(at, start) + (expand(inner, variables, unknown) ?? text.slice(start, end + 1));
    at = end + 1;
  }
  return result;
}

/** Where the brace closes that opened before `from`. */
function closing(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "}") depth--;
    else if (text.startsWith("${", at)) depth++;
    if (depth === 0) return at;
    if (text[at] === "\n") return undefined;
  }
  return undefined;
}

const form = /^(#?)([A-Za-z_][A-Za-z0-9_]*)(.*)$/s;

/** Undefined for what is no substitution, or is not known. */
function expand(inner: string, variables: Variables, unknown: boolean): string | undefined {
  const [, length = "", name = "", rest = ""] = form.exec(inner) ?? [];
  if (name === "" || !/^($|[-:=+?^,/#%])/.test(rest)) return undefined;
  const value = variables.get(name);
  const other = (text: string) => substitute(text, variables, unknown);
  const [, colon = "", sign = "", word = ""] = /^(:?)([-=+?])(.*)$/s.exec(rest) ?? [];
  if (sign === "-" || sign === "=") return value === undefined || (colon !== "" && value === "") ? other(word) : value;
  if (sign === "+") return value === undefined || value === "" ? "" : other(word);
  if (value === undefined) return unknown ? undefined : length === "" ? "" : "0";
  if (length !== "") return String(value.length);
  return sign === "?" ? value : changed(value, rest);
}

/** `^^`, `,,`, `:1:2`, `/a/b`, `#prefix` and `%suffix`. */
function changed(value: string, rest: string): string | undefined {
  if (rest === "") return value;
  if (rest === "^^") return value.toUpperCase();
  if (rest === ",,") return value.toLowerCase();
  if (rest === "^") return value.charAt(0).toUpperCase() + value.slice(1);
  if (rest === ",") return value.charAt(0).toLowerCase() + value.slice(1);
  const [, start, , count] = /^:(\d+)(:(\d+))?$/.exec(rest) ?? [];
  if (start !== undefined)
    return value.slice(Number(start), count === undefined ? undefined : Number(start) + Number(count));
  const [, all, from, to = ""] = /^\/(\/?)([^/]+)(?:\/(.*))?$/s.exec(rest) ?? [];
  if (from !== undefined) return all === "/" ? value.replaceAll(from, () => to) : value.replace(from, () => to);
  const [, side, affix] = /^(#{1,2}|%{1,2})([^*?[\]]+)$/s.exec(rest) ?? [];
  if (side === undefined || affix === undefined) return undefined;
  if (side.startsWith("#")) return value.startsWith(affix) ? value.slice(affix.length) : value;
  return value.endsWith(affix) ? value.slice(0, -affix.length) : value;
}
