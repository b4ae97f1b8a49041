import { enumerate } from "../../../common/text";
import type { Problems, Refusal } from "../problems";

/** Fields of L7 rules in Cilium's own manifests, and what people try. The model has none of them on purpose. */
const l7Fields = new Set(["rules", "http", "dns", "kafka", "l7", "l7proto", "serverNames", "terminatingTLS"]);

const noL7: Refusal = {
  message:
    "L7 rules are refused: between meshed pods Cilium sees only Linkerd's mTLS, so an L7 rule would drop or misread every request",
  fix: "allow the port here, and restrict requests with Linkerd's HTTPRoute and AuthorizationPolicy",
};

/**
 * Whether `value` is an object. Reports it if not, and every unknown field, because callers in plain JavaScript or with a cast have no compiler that
 * would.
 */
export function isShape(value: unknown, fields: readonly string[], problems: Problems): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.add("invalid-type", `${describe(value)} is not an object`, `give one with ${list(fields)}`);
    return false;
  }
  for (const [field, content] of Object.entries(value)) {
    if (fields.includes(field) || content === undefined) continue;
    if (l7Fields.has(field)) problems.at(field).add("not-supported", noL7.message, noL7.fix);
    else problems.at(field).add("unknown-field", "there is no such field", `use ${list(fields, "or")}`);
  }
  return true;
}

/** Checks each item of a list, and reports an empty list. */
export function eachOf<T>(
  items: readonly T[] | undefined,
  problems: Problems,
  whenEmpty: Refusal,
  check: (item: T, problems: Problems) => void,
): void {
  if (!Array.isArray(items)) {
    problems.add("invalid-type", `${describe(items)} is not a list`, "give a list");
    return;
  }
  if (items.length === 0) problems.add("empty", whenEmpty.message, whenEmpty.fix);
  items.forEach((item, index) => {
    check(item, problems.at(index));
  });
}

/** Reports a problem unless exactly one of the fields is given. */
export function exactlyOne(value: object, fields: readonly string[], problems: Problems, fix: string): void {
  const given = fields.filter((field) => (value as Record<string, unknown>)[field] !== undefined);
  if (given.length === 0) problems.add("missing", `one of ${list(fields)} is missing`, fix);
  if (given.length > 1) problems.add("conflict", `${list(given)} exclude each other`, fix);
}

/** `a`, `b` and `c`, or `a`, `b` or `c`: each in backticks. */
export function list(words: readonly string[], conjunction: "and" | "or" = "and"): string {
  return enumerate(
    words.map((word) => `\`${word}\``),
    conjunction,
  );
}

export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `${typeof value} ${JSON.stringify(value)}`;
}
