/**
 * The structural schema of a custom resource, as its CustomResourceDefinition gives it. Names are those of OpenAPI v3; of the
 * `x-kubernetes-` extensions the prefix is left away.
 */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, Schema>>;
  /** What the values of a map are. */
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly (string | number | boolean)[];
  /** In Go's syntax; it may match anywhere in the text. */
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Where null may stand, and is kept. */
  readonly nullable?: true;
  /** What the API server puts where the field is absent or null. */
  readonly default?: Json;
  readonly intOrString?: true;
  /** Fields that the schema does not know are kept, not refused. */
  readonly preserveUnknownFields?: true;
  /** Items are unique: each of them (`set`), or their keys (`map`). Absent: they need not be. */
  readonly listType?: "set" | "map";
  readonly listMapKeys?: readonly string[];
  /** Rules in CEL about what stands here, which is `self` in them. */
  readonly validations?: readonly ValidationRule[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
}

export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A kind that a CustomResourceDefinition defines. */
export interface CustomResource {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** The versions that are served. */
  readonly versions: Readonly<Record<string, CustomResourceVersion>>;
}

export interface CustomResourceVersion {
  readonly schema: Schema;
  /** `status` is a resource of its own, so that a create drops what an object says of it. */
  readonly statusSubresource?: true;
}

/** Where something stands in an object: keys of maps and indices of lists. */
export type Path = readonly (string | number)[];

/**
 * What the API server finds wrong with an object. `code` is what kind of thing is wrong, as its own errors tell them apart:
 *
 * - `malformed`: what cannot be decoded at all, such as a list where a name belongs
 * - `unknown-field`: a field that the kind does not have, which kubectl has refused by default (`--validate=strict`)
 * - `type`: a value of another type, null included
 * - `required`, `unsupported` (none of the values there are), `too-long`, `too-many`, `duplicate`, `forbidden`
 * - `invalid`: whatever else
 */
export interface Fault {
  readonly path: Path;
  readonly code: FaultCode;
  readonly message: string;
  /** The second half of the sentence. */
  readonly fix?: string;
  /** A text that does not match a pattern: the text as messages quote it, and the pattern in Go's syntax. */
  readonly mismatch?: { readonly text: string; readonly pattern: string };
}

export type FaultCode =
  | "malformed"
  | "unknown-field"
  | "type"
  | "required"
  | "unsupported"
  | "too-long"
  | "too-many"
  | "duplicate"
  | "forbidden"
  | "invalid";

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schema of a field: its own, or that of all values of a map. */
export function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const { properties, additionalProperties } = schema;
  return properties !== undefined && Object.hasOwn(properties, field) ? properties[field] : additionalProperties;
}
