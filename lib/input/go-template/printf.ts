import { type GoValue, integerOf, NotEvaluated, printed } from "./values";

const verbs = /%(?:%|([-+ 0#]*)(\d*)(?:\.(\d*))?([a-zA-Z]))/g;

/** Go's `Sprintf`, with the verbs that such templates use. */
export function formatted(format: string, values: readonly GoValue[]): string {
  if (/%[^%]*[*[]/.test(format))
    throw new NotEvaluated("it calls printf with a width of its own, which is not evaluated here");
  let index = 0;
  const text = format.replaceAll(verbs, (whole, flags = "", width = "", precision: string | undefined, verb = "") => {
    if (whole === "%%") return "%";
    if (index >= values.length) return `%!${verb}(MISSING)`;
    const value = values[index++];
    return padded(verbOf(verb, value, flags, precision), flags, Number(width), integerOf(value) ?? value);
  });
  if (index < values.length)
    throw new NotEvaluated("it calls printf with more arguments than verbs, which is not evaluated here");
  return text;
}

function verbOf(verb: string, value: GoValue, flags: string, precision: string | undefined): string {
  const digits = precision === undefined ? undefined : Number(precision || "0");
  const whole = integerOf(value);
  const sign = (text: string) => (flags.includes("+") && !text.startsWith("-") ? `+${text}` : text);
  if (flags.includes("#") || flags.includes(" ")) throw other(verb);
  if (verb === "v" && digits === undefined)
    return typeof value === "number" || whole !== undefined ? sign(printed(value)) : printed(value);
  if (verb === "s" && typeof value === "string")
    return digits === undefined ? value : [...value].slice(0, digits).join("");
  if (verb === "s" && Array.isArray(value) && value.every((item) => typeof item === "string")) return printed(value);
  if (verb === "q" && typeof value === "string" && digits === undefined) return quoted(value);
  if (verb === "d" && whole !== undefined && digits === undefined) return sign(String(whole));
  if ((verb === "x" || verb === "X") && digits === undefined && (whole !== undefined || typeof value === "string")) {
    const hex = whole === undefined ? Buffer.from(value as string).toString("hex") : whole.toString(16);
    return verb === "X" ? hex.toUpperCase() : hex;
  }
  if (verb === "f" && typeof value === "number") return sign(value.toFixed(digits ?? 6));
  if (verb === "t" && typeof value === "boolean") return String(value);
  throw other(verb);
}

const other = (verb: string) =>
  new NotEvaluated(`it calls printf with %${verb} of such a value, which is not evaluated here`);

function padded(text: string, flags: string, width: number, value: unknown): string {
  const { length } = [...text];
  if (length >= width) return text;
  if (flags.includes("-")) return text + " ".repeat(width - length);
  if (!flags.includes("0") || typeof value === "string") return " ".repeat(width - length) + text;
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  return sign + "0".repeat(width - length) + rest;
}

const named: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** Formats a string like Go's `%q`. */
export function quoted(text: string): string {
  const inner = [...text].map((sign) => {
    const known = Object.hasOwn(named, sign) ? named[sign] : undefined;
    if (known !== undefined) return known;
    const code = sign.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(sign)) return sign;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${inner.join("")}"`;
}
