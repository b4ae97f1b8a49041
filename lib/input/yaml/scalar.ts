const words: ReadonlyMap<string, boolean | number | null> = new Map<string, boolean | number | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

const WHOLE = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const POINT_FIRST = /^\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?$/;
const TIME = /^\d{4}-\d{1,2}-\d{1,2}($|[Tt ])/;

/**
 * Resolves a scalar without quotes and tag like kubectl (`resolve.go` of go-yaml v2, which sigs.k8s.io/yaml uses): booleans of YAML 1.1, and numbers
 * in four bases with underscores. Sexagesimal numbers and times are text.
 */
export function plainScalar(text: string): string | number | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  // Go's own parser of floats, which accepts underscores between digits.
  if (text.startsWith(".")) return POINT_FIRST.test(text) ? float(text.replaceAll("_", ""), text) : text;
  if (!/^[-+0-9]/.test(text) || TIME.test(text)) return text;
  const plain = text.replaceAll("_", "");
  const whole = wholeNumber(plain);
  if (whole !== undefined) return whole;
  return FLOAT.test(plain) ? float(plain, text) : text;
}

/** A number that is too large for a float is text. */
function float(plain: string, text: string): number | string {
  const value = Number(plain);
  return Number.isFinite(value) ? value : text;
}

function wholeNumber(text: string): number | undefined {
  const [, sign, hexadecimal, binary, octal, decimal] = WHOLE.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const [digits, prefix] =
    hexadecimal !== undefined
      ? [hexadecimal, "0x"]
      : binary !== undefined
        ? [binary, "0b"]
        : octal !== undefined
          ? [octal, "0o"]
          : [decimal ?? "", ""];
  const value = BigInt(`${prefix}${digits}`);
  // Beyond 64 bits, Go parses it as a float if it has the form of one.
  const most = sign === "-" ? 2n ** 63n : 2n ** 64n - 1n;
  if (value > most || (sign === "+" && value > 2n ** 63n - 1n)) return undefined;
  return Number(sign === "-" ? -value : value);
}
