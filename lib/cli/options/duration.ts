import { InvalidArgumentError } from "commander";
import { dictionary } from "../../common/maps";

const units = dictionary<number>({ s: 1, m: 60, h: 3600, d: 86_400 });

/** `90s`, `10m`, `2h`, `7d` as seconds. */
export function parseDuration(text: string): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (units[unit] ?? Number.NaN);
  if (!(seconds > 0)) throw new InvalidArgumentError("Expected a time such as 90s, 10m, 2h or 7d.");
  return seconds;
}
