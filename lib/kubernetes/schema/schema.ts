/**
 * The structural schema of a custom resource, from its CustomResourceDefinition. The names are those of OpenAPI v3, and of the extensions without
 * their prefix `x-kubernetes-`.
 */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, Schema>>;
  /** The schema of a map's values. */
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly (string | number | boolean)[];
  /** In Go's syntax, not anchored. */
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
  /** Null is allowed and kept. */
  readonly nullable?: true;
  /** The value if the field is absent or null. */
  readonly default?: Json;
  readonly intOrString?: true;
  /** Unknown fields are kept instead of refused. */
  readonly preserveUnknownFields?: true;
  /** Items must be unique as a whole (`set`) or by their keys (`map`). Absent: they need not be. */
  readonly listType?: "set" | "map";
  readonly listMapKeys?: readonly string[];
  /** CEL rules about the value, which they call `self`. */
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
  /** `status` is a subresource, so that a create drops an object's `status`. */
  readonly statusSubresource?: true;
}

/** The path of a value in an object: keys of maps and indices of lists. */
export type Path = readonly (string | number)[];

/**
 * A reason for which the API server refuses an object. The `code` follows the API server's own kinds of errors:
 *
 * - `malformed`: a value that cannot be decoded, such as a list in place of a name
 * - `unknown-field`: a field that the kind does not have. kubectl asks the API server to refuse those by default (`--validate=strict`)
 * - `type`: a value of another type, including null
 * - `required`, `unsupported` (not one of the allowed values), `too-long`, `too-many`, `duplicate`, `forbidden`
 * - `invalid`: anything else
 */
export interface Fault {
  readonly path: Path;
  readonly code: FaultCode;
  readonly message: string;
  /** What to write instead, as the second half of the sentence. */
  readonly fix?: string;
  /** If a text does not match a pattern: the text, quoted for messages, and the pattern in Go's syntax. */
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

/** The schema of a field: its own, or that of a map's values. */
export function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const { properties, additionalProperties } = schema;
  return properties !== undefined && Object.hasOwn(properties, field) ? properties[field] : additionalProperties;
}
