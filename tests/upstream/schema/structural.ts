import { isDeepStrictEqual } from "node:util";
import type { Schema, ValidationRule } from "../../../lib/kubernetes/schema/schema";

/** A schema as it stands in a CustomResourceDefinition. */
export type OpenApi = Readonly<Record<string, unknown>>;

/** Words that decide nothing about what is accepted. */
const prose = new Set(["description", "x-kubernetes-map-type", "title", "example"]);
const same = new Set([
  "type",
  "required",
  "enum",
  "pattern",
  "format",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "minimum",
  "maximum",
  "nullable",
  "default",
]);
/** Formats that this repository checks; numbers' are ranges. */
const formats = new Set(["cidr", "date-time", "int32", "int64"]);
/** Formats that the API server does not know, so that it forgets them. */
const unchecked = new Set(["idn-hostname"]);
const eitherType = [{ type: "integer" }, { type: "string" }];

/** The facts of a CRD's schema, without its prose. Throws where there is a fact that `Schema` cannot say, so that none is lost. */
export function structural(schema: OpenApi, at = ""): Schema {
  const out: Record<string, unknown> = {};
  const set = (key: keyof Schema, value: unknown) => {
    out[key] = value;
  };
  const under = (value: unknown, part: string) => structural(value as OpenApi, `${at}${part}`);
  const listOf = (value: unknown) => (value as OpenApi[]).map((option, index) => under(option, `(${index})`));
  for (const [key, value] of Object.entries(schema)) {
    if (prose.has(key)) continue;
    if (key === "format" && unchecked.has(String(value))) continue;
    if (key === "format" && !formats.has(String(value))) throw new Error(`${at}: format ${value} is not known`);
    if (key === "nullable" && value !== true) continue;
    if (same.has(key)) set(key as keyof Schema, value);
    else if (key === "properties") {
      const fields = Object.entries(value as OpenApi).map(([name, field]) => [name, under(field, `.${name}`)]);
      set("properties", Object.fromEntries(fields));
    } else if (key === "items" || key === "additionalProperties" || key === "not") set(key, under(value, `.${key}`));
    else if (key === "oneOf" || key === "allOf") set(key, listOf(value));
    else if (key === "anyOf") {
      // Beside int-or-string it says the same once more.
      if (!(schema["x-kubernetes-int-or-string"] === true && isDeepStrictEqual(value, eitherType)))
        set(key, listOf(value));
    } else if (key === "x-kubernetes-int-or-string") set("intOrString", true);
    else if (key === "x-kubernetes-preserve-unknown-fields") set("preserveUnknownFields", true);
    else if (key === "x-kubernetes-list-type") {
      if (value !== "atomic") set("listType", value);
    } else if (key === "x-kubernetes-list-map-keys") set("listMapKeys", value);
    else if (key === "x-kubernetes-validations")
      set(
        "validations",
        (value as OpenApi[]).map((rule) => ruleOf(rule, at)),
      );
    else throw new Error(`${at}: ${key} is not known`);
  }
  return out as Schema;
}

function ruleOf({ rule, message, ...rest }: OpenApi, at: string): ValidationRule {
  if (Object.keys(rest).length > 0) throw new Error(`${at}: a rule has ${Object.keys(rest).join(", ")}`);
  return { rule: String(rule), message: String(message) };
}
