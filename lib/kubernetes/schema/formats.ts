import { dictionary } from "../../common/maps";
import { parseSloppyCidr } from "../sloppy-cidr";

/** The text formats that the CRDs use and the API server checks (`strfmt` of kube-openapi). */
const formats = dictionary<{ fits: (text: string) => boolean; what: string }>({
  cidr: {
    fits: (text) => parseSloppyCidr(text) !== undefined,
    what: "an address block such as 10.0.0.0/8 or 2001:db8::/32",
  },
  "date-time": { fits: isDateTime, what: "a time such as 2026-01-31T12:00:00Z" },
  duration: { fits: isDuration, what: "a duration such as 10s" },
});

/** Whether the API server checks this text format. It ignores formats that it does not know. */
export function isCheckedFormat(format: string): boolean {
  return Object.hasOwn(formats, format);
}

/** A description of the format if the text does not match it; undefined if it does, or if the format is not checked. */
export function formatMissed(format: string, text: string): string | undefined {
  const known = Object.hasOwn(formats, format) ? formats[format] : undefined;
  return known === undefined || known.fits(text) ? undefined : known.what;
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})t(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/.exec(
    text.toLowerCase(),
  );
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}

/** A duration in the syntax of Go's `time.ParseDuration` or of Scala: any whole number before a unit, anywhere in the text. */
function isDuration(text: string): boolean {
  if (/^[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true;
  for (const [, unit = ""] of text.matchAll(/\d+[\t\n\f\r ]*([A-Za-zµ]+)/g)) {
    if (/^(ns|us|µs|ms|s|m|h|hr|d|w|wk|nano.*|micro.*|milli.*|sec.*|min.*|hour.*|day.*|week.*)$/i.test(unit))
      return true;
  }
  return false;
}
