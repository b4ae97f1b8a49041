import { goRegExp, isGoRegExp } from "../../kubernetes/schema/go-regexp";
import { fn, type GoFunction, notEvaluated } from "./functions";
import { fromJson, type GoValue, Int64, NotEvaluated, sortedKeys } from "./values";

/** sprig's functions for JSON and regular expressions, and those that are not evaluated here. */
export const formats: readonly [string, GoFunction][] = [
  ["toJson", fn(["any"], (value: GoValue) => escapedHtml(json(value)))],
  ["mustToJson", fn(["any"], (value: GoValue) => escapedHtml(json(value)))],
  ["toRawJson", fn(["any"], (value: GoValue) => json(value))],
  ["mustToRawJson", fn(["any"], (value: GoValue) => json(value))],
  ["toPrettyJson", fn(["any"], (value: GoValue) => escapedHtml(json(value, "")))],
  ["mustToPrettyJson", fn(["any"], (value: GoValue) => escapedHtml(json(value, "")))],
  ["fromJson", fn(["string"], (text: string) => read(text) ?? null)],
  ["mustFromJson", fn(["string"], (text: string) => fromJson(JSON.parse(text)))],
  [
    "regexMatch",
    fn(["string", "string"], (pattern: string, text: string) => isGoRegExp(pattern) && goRegExp(pattern).test(text)),
  ],
  ["mustRegexMatch", fn(["string", "string"], (pattern: string, text: string) => goRegExp(pattern).test(text))],
  ["regexFind", fn(["string", "string"], (pattern: string, text: string) => found(pattern, text, 1n)[0] ?? "")],
  ["mustRegexFind", fn(["string", "string"], (pattern: string, text: string) => found(pattern, text, 1n)[0] ?? "")],
  ["regexFindAll", fn(["string", "string", "int"], found)],
  ["mustRegexFindAll", fn(["string", "string", "int"], found)],
  ["regexReplaceAll", fn(["string", "string", "string"], replaced)],
  ["mustRegexReplaceAll", fn(["string", "string", "string"], replaced)],
  ["regexReplaceAllLiteral", fn(["string", "string", "string"], replacedLiterally)],
  ["mustRegexReplaceAllLiteral", fn(["string", "string", "string"], replacedLiterally)],
  ["regexQuoteMeta", fn(["string"], (text: string) => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, "\\$&"))],
  ...[
    ..."abbrev abbrevboth initials swapcase snakecase camelcase kebabcase wrap wrapWith adler32sum shuffle".split(" "),
    ..."add1f addf subf divf mulf maxf minf round randInt randAlphaNum randAlpha randAscii randNumeric randBytes".split(
      " ",
    ),
    ..."ago date date_in_zone date_modify dateInZone dateModify duration durationRound htmlDate htmlDateInZone".split(
      " ",
    ),
    ..."must_date_modify mustDateModify mustToDate now toDate unixEpoch hello b32enc b32dec uuidv4".split(" "),
    ..."osBase osClean osDir osExt osIsAbs semver semverCompare regexSplit mustRegexSplit urlParse urlJoin".split(" "),
    ..."bcrypt htpasswd genPrivateKey derivePassword buildCustomCert genCA genCAWithKey genSelfSignedCert".split(" "),
    ..."genSelfSignedCertWithKey genSignedCert genSignedCertWithKey encryptAES decryptAES typeOf typeIs typeIsLike".split(
      " ",
    ),
  ].map((name): [string, GoFunction] => [name, notEvaluated(name)]),
];

/** Writes JSON like Go: with sorted keys. Any indentation is two spaces per level. */
function json(value: GoValue, indentation?: string): string {
  const inner = indentation === undefined ? undefined : `${indentation}  `;
  const joined = (open: string, parts: readonly string[], close: string): string => {
    if (parts.length === 0) return open + close;
    return inner === undefined
      ? `${open}${parts.join(",")}${close}`
      : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indentation}${close}`;
  };
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value))
    return joined(
      "[",
      value.map((item) => json(item, inner)),
      "]",
    );
  if (value instanceof Map) {
    const colon = inner === undefined ? ":" : ": ";
    return joined(
      "{",
      sortedKeys(value).map((key) => `${JSON.stringify(key)}${colon}${json(value.get(key), inner)}`),
      "}",
    );
  }
  if (typeof value === "bigint") return String(value);
  if (value instanceof Int64) return String(value.value);
  return JSON.stringify(value);
}

const escapedHtml = (text: string) =>
  text.replaceAll(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

function read(text: string): GoValue {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function found(pattern: string, text: string, most: bigint): string[] {
  const all = goRegExp(pattern)
    .matches(text)
    .map(({ groups: [whole = ""] }) => whole);
  return most < 0n ? all : all.slice(0, Number(most));
}

/** `${1}` and `$1` are groups, `$$` is a dollar sign. */
function replaced(pattern: string, text: string, by: string): string {
  if (/\$\{?[A-Za-z_]/.test(by.replaceAll("$$", "")))
    throw new NotEvaluated("it replaces by the name of a group, which is not evaluated here");
  return eachReplaced(pattern, text, (groups) =>
    by.replaceAll(/\$(?:\$|\{(\d+)\}|(\d+)(\w*))/g, (whole, braced?: string, bare?: string, more?: string) => {
      if (whole === "$$") return "$";
      return more === undefined || more === "" ? (groups[Number(braced ?? bare)] ?? "") : "";
    }),
  );
}

function replacedLiterally(pattern: string, text: string, by: string): string {
  return eachReplaced(pattern, text, () => by);
}

function eachReplaced(pattern: string, text: string, by: (groups: readonly string[]) => string): string {
  let [result, at] = ["", 0];
  for (const { groups, start, end } of goRegExp(pattern).matches(text)) {
    result += text.slice(at, start) + by(groups);
    at = end;
  }
  return result + text.slice(at);
}
