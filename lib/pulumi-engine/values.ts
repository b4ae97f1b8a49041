import { inspect } from "node:util";

/**
 * A value that Pulumi treats as secret. Only `value` reveals its content: as text, as JSON and in the console, it is `[secret]`.
 */
export class Secret {
  constructor(readonly value: PropertyValue) {}

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** A value that exists only once something has been created. Compare with {@link unknown}; there is no other instance. */
export class Unknown {
  toString(): string {
    return "[unknown]";
  }

  toJSON(): string {
    return "[unknown]";
  }

  [inspect.custom](): string {
    return "[unknown]";
  }
}

/** The one {@link Unknown}. */
export const unknown: Unknown = Object.freeze(new Unknown());

/** Another resource of the same stack, passed as a value. */
export class ResourceReference {
  /** @param id Undefined for a component, {@link unknown} for a resource that does not exist yet. */
  constructor(
    readonly urn: string,
    readonly id?: string | Unknown,
  ) {}
}

/** A file, text or address, or an archive of them, that is the content of a resource. */
export class AssetValue {
  constructor(
    readonly kind: "asset" | "archive",
    readonly content: { readonly [part: string]: PropertyValue },
  ) {}
}

/** What an input or output of a resource can be once all promises are settled. */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | Secret
  | Unknown
  | ResourceReference
  | AssetValue
  | readonly PropertyValue[]
  | { readonly [key: string]: PropertyValue };

/** The inputs or outputs of one resource. */
export type Properties = { readonly [key: string]: PropertyValue };

/** True for an object that is a plain map, not one of the wrappers above. */
export function isPropertyMap(value: PropertyValue | undefined): value is Properties {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * The value with every {@link Secret} replaced by `replace(secret)`. Default: by its content, for tests that compare values. Unknowns,
 * references and assets stay as they are.
 */
export function withoutSecrets(value: PropertyValue, replace?: (secret: Secret) => PropertyValue): PropertyValue {
  if (value instanceof Secret) return replace ? replace(value) : withoutSecrets(value.value);
  if (Array.isArray(value)) return value.map((item: PropertyValue) => withoutSecrets(item, replace));
  if (isPropertyMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, replace)]));
  }
  return value;
}
