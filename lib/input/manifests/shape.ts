import { didYouMean } from "../../common/did-you-mean";
import type { Path } from "../../common/problem";

/** The valid values of a part of a manifest, as far as an OpenAPI schema expresses them. */
export type Shape =
  | { type: "string"; values?: readonly string[]; pattern?: RegExp; what?: string }
  | { type: "integer"; min?: number; max?: number }
  | { type: "boolean" }
  | { type: "integerOrString" }
  | { type: "any" }
  | { type: "list"; items: Shape; max?: number; min?: number; hint?: string }
  | { type: "map"; values: Shape }
  | {
      type: "object";
      fields: Record<string, Shape>;
      required?: readonly string[];
      /** Exactly one of these members is required. */
      oneOf?: readonly string[];
      /** At least one of these members is required. */
      anyOf?: readonly string[];
      /** Whether unlisted members are allowed. */
      open?: boolean;
    };

export const string: Shape = { type: "string" };
export const boolean: Shape = { type: "boolean" };
export const any: Shape = { type: "any" };
export const oneOfWords = (...values: string[]): Shape => ({ type: "string", values });
export const text = (pattern: RegExp, what: string): Shape => ({ type: "string", pattern, what });
export const integer = (min: number, max: number): Shape => ({ type: "integer", min, max });
export const list = (items: Shape, limits: { max?: number; min?: number; hint?: string } = {}): Shape => ({
  type: "list",
  items,
  ...limits,
});
export const mapOf = (values: Shape): Shape => ({ type: "map", values });
export const object = (
  fields: Record<string, Shape>,
  rules: { required?: string[]; oneOf?: string[]; anyOf?: string[]; open?: boolean } = {},
): Shape => ({ type: "object", fields, ...rules });

export interface Fault {
  path: Path;
  message: string;
  /**
   * `undecodable`: of the wrong type, or without a required member, so no one can use the object.
   * `invalid`: the API server refuses it, although an agent that gets it, as with an older CRD, could use it.
   */
  kind: "undecodable" | "invalid";
}

/** All faults of a value, in document order. */
export function faultsOf(shape: Shape, value: unknown, path: Path = []): Fault[] {
  const faults: Fault[] = [];
  walk(shape, value, path, faults);
  return faults;
}

function walk(shape: Shape, value: unknown, path: Path, faults: Fault[]): void {
  const wrong = (expected: string) =>
    faults.push({ path, kind: "undecodable", message: `expected ${expected}, found ${name(value)}` });
  const invalid = (message: string, where: Path = path) => faults.push({ path: where, kind: "invalid", message });
  if (shape.type === "any") return;
  if (value === null || value === undefined) {
    invalid(
      "is empty (null), which the API server refuses and Cilium would read as absent; give it a value or leave it out",
    );
    return;
  }
  switch (shape.type) {
    case "string":
      if (typeof value !== "string") {
        if (typeof value === "number" || typeof value === "boolean") wrong(`text: quote it, "${value}"`);
        else wrong("text");
      } else if (shape.values !== undefined && !shape.values.includes(value)) {
        invalid(`${JSON.stringify(value)} is not one of ${shape.values.join(", ")}${didYouMean(value, shape.values)}`);
      } else if (shape.pattern !== undefined && !shape.pattern.test(value)) {
        invalid(`${JSON.stringify(shorten(value))} is not ${shape.what}`);
      }
      return;
    case "integer":
      if (typeof value !== "number" || !Number.isInteger(value)) wrong("an integer");
      else if (value < (shape.min ?? value) || value > (shape.max ?? value)) {
        invalid(`${value} is not between ${shape.min} and ${shape.max}`);
      }
      return;
    case "boolean":
      if (typeof value !== "boolean") wrong("true or false");
      return;
    case "integerOrString":
      if (typeof value !== "string" && !(typeof value === "number" && Number.isInteger(value))) {
        wrong("an integer or text");
      }
      return;
    case "list":
      if (!Array.isArray(value)) wrong("a list");
      else {
        if (value.length > (shape.max ?? value.length)) {
          invalid(shape.hint ?? `has ${value.length} items; at most ${shape.max} are allowed`);
        }
        if (value.length < (shape.min ?? 0)) invalid(`needs at least ${shape.min} item`);
        for (const [index, item] of value.entries()) {
          const at = [...path, index];
          if (item === null)
            faults.push({ path: at, kind: "undecodable", message: "is an empty item (null) of a list" });
          else walk(shape.items, item, at, faults);
        }
      }
      return;
    case "map":
      if (!isRecord(value)) wrong("a mapping");
      else for (const [key, item] of Object.entries(value)) walk(shape.values, item, [...path, key], faults);
      return;
    case "object":
      if (!isRecord(value)) wrong("a mapping");
      else members(shape, value, path, faults);
  }
}

function members(shape: Shape & { type: "object" }, value: Record<string, unknown>, path: Path, faults: Fault[]): void {
  const invalid = (message: string, where: Path = path) => faults.push({ path: where, kind: "invalid", message });
  for (const [key, item] of Object.entries(value)) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (field !== undefined) walk(field, item, [...path, key], faults);
    else if (shape.open !== true) {
      const suggestion = didYouMean(key, Object.keys(shape.fields));
      invalid(`there is no such field${suggestion}; Cilium does not see it`, [...path, key]);
    }
  }
  const given = (names: readonly string[]) => names.filter((key) => Object.hasOwn(value, key));
  for (const key of shape.required ?? []) {
    if (value[key] === undefined || value[key] === null) {
      faults.push({ path, kind: "undecodable", message: `\`${key}\` is missing` });
    }
  }
  if (shape.oneOf !== undefined && given(shape.oneOf).length !== 1) {
    const found = given(shape.oneOf);
    invalid(
      `exactly one of ${shape.oneOf.join(", ")} is needed; found ${found.length === 0 ? "none" : found.join(", ")}`,
    );
  }
  if (shape.anyOf !== undefined && given(shape.anyOf).length === 0) {
    invalid(`at least one of ${shape.anyOf.join(", ")} is needed`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path. Undefined if there is none. */
export function memberAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), value);
}

/** The text at a path. Undefined if there is none, or if it is empty. */
export const textAt = (value: unknown, ...path: string[]): string | undefined => {
  const found = memberAt(value, path);
  return typeof found === "string" && found !== "" ? found : undefined;
};

function name(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a mapping";
  if (typeof value === "string") return `the text ${JSON.stringify(shorten(value))}`;
  return `the ${typeof value} ${String(value)}`;
}

const shorten = (value: string) => (value.length > 60 ? `${value.slice(0, 57)}…` : value);
