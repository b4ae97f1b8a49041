import { dictionary } from "../../common/maps";
import { DecodeError } from "./decode";

const NANOSECONDS = dictionary<number>({
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
});

/** Parses a duration in Go's notation to nanoseconds; undefined if none is given. */
export function parseTimeout(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined;
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) {
    throw new DecodeError(`timeouts.${field}`, `${JSON.stringify(text)} is not a duration such as 10s`);
  }
  let total = 0;
  for (const [, amount, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (NANOSECONDS[unit ?? ""] ?? 0);
  }
  return sign === "-" ? -total : total;
}
