import type { Problems } from "../problems";

/** Fields of L7 rules in Cilium's own manifests, and what people try. The model has none of them on purpose. */
const l7Fields = new Set(["rules", "http", "dns", "kafka", "l7", "l7proto", "serverNames", "terminatingTLS"]);

const whyNoL7 =
  "L7 rules are refused: between meshed pods Cilium sees only Linkerd's mTLS, so an L7 rule would drop or misread every " +
  "request. Allow the port here, and restrict requests with Linkerd's HTTPRoute and AuthorizationPolicy.";

/**
 * Whether `value` is an object. Reports it if not, and every unknown field, because callers in plain JavaScript or with a cast have no compiler that
 * would.
 */
export function isShape(value: unknown, fields: readonly string[], problems: Problems): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.add(`Expected an object with ${list(fields)}, got ${describe(value)}.`);
    return false;
  }
  for (const [field, content] of Object.entries(value)) {
    if (fields.includes(field) || content === undefined) continue;
    problems.at(field).add(l7Fields.has(field) ? whyNoL7 : `There is no such field. Valid fields are ${list(fields)}.`);
  }
  return true;
}

/** Checks each item of a list, and reports an empty list. */
export function eachOf<T>(
  items: readonly T[] | undefined,
  problems: Problems,
  whenEmpty: string,
  check: (item: T, problems: Problems) => void,
): void {
  if (!Array.isArray(items)) {
    problems.add(`Expected a list, got ${describe(items)}.`);
    return;
  }
  if (items.length === 0) problems.add(whenEmpty);
  items.forEach((item, index) => {
    check(item, problems.at(index));
  });
}

/** Reports a problem unless exactly one of the fields is given. */
export function exactlyOne(value: object, fields: readonly string[], problems: Problems, fix: string): void {
  const given = fields.filter((field) => (value as Record<string, unknown>)[field] !== undefined);
  if (given.length === 0) problems.add(`One of ${list(fields)} is missing. ${fix}`);
  if (given.length > 1) problems.add(`${list(given)} exclude each other. ${fix}`);
}

export function list(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}

export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `${typeof value} ${JSON.stringify(value)}`;
}
