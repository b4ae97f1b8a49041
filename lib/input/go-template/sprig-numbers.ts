import { fn, type GoFunction, variadic } from "./functions";
import { type GoValue, Int64, integerOf, NotEvaluated, printed, TemplateError } from "./values";

/** sprig's functions for numbers. */
export const numbers: readonly [string, GoFunction][] = [
  ["atoi", fn(["string"], (text: string) => (/^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : 0n))],
  ["int", fn(["any"], whole)],
  ["int64", fn(["any"], (value: GoValue) => new Int64(whole(value)))],
  ["float64", fn(["any"], float)],
  ["add1", fn(["any"], (value: GoValue) => new Int64(whole(value) + 1n))],
  [
    "add",
    variadic(
      [],
      "any",
      (...values: GoValue[]) => new Int64(values.reduce<bigint>((sum, value) => sum + whole(value), 0n)),
    ),
  ],
  ["sub", fn(["any", "any"], (a: GoValue, b: GoValue) => new Int64(whole(a) - whole(b)))],
  [
    "mul",
    variadic(
      ["any"],
      "any",
      (...values: GoValue[]) => new Int64(values.reduce<bigint>((product, value) => product * whole(value), 1n)),
    ),
  ],
  ["div", fn(["any", "any"], (a: GoValue, b: GoValue) => new Int64(whole(a) / divisor(b)))],
  ["mod", fn(["any", "any"], (a: GoValue, b: GoValue) => new Int64(whole(a) % divisor(b)))],
  ["max", variadic(["any"], "any", (...values: GoValue[]) => new Int64(extreme(values, true)))],
  ["biggest", variadic(["any"], "any", (...values: GoValue[]) => new Int64(extreme(values, true)))],
  ["min", variadic(["any"], "any", (...values: GoValue[]) => new Int64(extreme(values, false)))],
  ["floor", fn(["any"], (value: GoValue) => Math.floor(float(value)))],
  ["ceil", fn(["any"], (value: GoValue) => Math.ceil(float(value)))],
  ["until", fn(["int"], (count: bigint) => steps(0n, count, count < 0n ? -1n : 1n))],
  ["untilStep", fn(["int", "int", "int"], steps)],
  ["seq", variadic([], "int", (...ends: bigint[]) => sequence(ends).join(" "))],
  [
    "toDecimal",
    fn(["any"], (value: GoValue) => new Int64(/^[+-]?[0-7]+$/.test(printed(value)) ? octal(printed(value)) : 0n)),
  ],
];

function extreme(values: readonly GoValue[], isLargest: boolean): bigint {
  const [first = 0n, ...others] = values.map(whole);
  return others.reduce((found, one) => (one > found === isLargest ? one : found), first);
}

function divisor(value: GoValue): bigint {
  const by = whole(value);
  if (by === 0n) throw new TemplateError("it divides by zero");
  return by;
}

const octal = (text: string) => BigInt(Number.parseInt(text, 8));

/** Converts anything to an int like the library cast: 0 if it is not a number. */
function whole(value: GoValue): bigint {
  const known = integerOf(value);
  if (known !== undefined) return known;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  if (typeof value !== "string") return 0n;
  const [, sign, digits = ""] = /^([+-]?)(.*?)(?:\.0*)?$/s.exec(value) ?? [];
  if (digits.includes("_")) throw new NotEvaluated("it reads a text with _ as a number, which is not evaluated here");
  const size = /^0[0-7]+$/.test(digits)
    ? octal(digits)
    : /^(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|0|[1-9]\d*)$/.test(digits)
      ? BigInt(digits)
      : 0n;
  return sign === "-" ? -size : size;
}

function float(value: GoValue): number {
  const known = integerOf(value);
  if (known !== undefined) return Number(known);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  return typeof value === "string" && /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : 0;
}

const maxSteps = 100_000;

function steps(start: bigint, stop: bigint, step: bigint): bigint[] {
  const items: bigint[] = [];
  if (stop < start ? step >= 0n : step <= 0n) return items;
  for (let at = start; stop < start ? at > stop : at < stop; at += step) {
    if (items.push(at) > maxSteps) throw new TemplateError("it counts beyond any real use");
  }
  return items;
}

function sequence(ends: readonly bigint[]): bigint[] {
  const [a = 0n, b = 0n, c = 0n] = ends;
  if (ends.length === 1) {
    const by = a < 1n ? -1n : 1n;
    return steps(1n, a + by, by);
  }
  if (ends.length === 2) {
    const by = b < a ? -1n : 1n;
    return steps(a, b + by, by);
  }
  if (ends.length !== 3 || (c < a && b > 0n)) return [];
  return steps(a, c + (c < a ? -1n : 1n), b);
}
