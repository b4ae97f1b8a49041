/** Why an object cannot be decoded as its kind. The policy controller cannot decode it either. */
export class DecodeError extends Error {
  constructor(
    /** The field, as `spec.port`. */
    readonly path: string,
    /** What is wrong with it. */
    readonly what: string,
  ) {
    super(path === "" ? what : `${path}: ${what}`);
  }
}

/** Decodes one value like serde: unknown fields are ignored, and a missing or wrongly typed one is an error. */
export type Decoder<T> = (value: unknown, path: string) => T;

export type Decoded<D> = D extends Decoder<infer T> ? T : never;

export const string: Decoder<string> = (value, path) => {
  if (typeof value === "string") return value;
  throw new DecodeError(path, `must be text, not ${described(value)}`);
};

export const boolean: Decoder<boolean> = (value, path) => {
  if (typeof value === "boolean") return value;
  throw new DecodeError(path, `must be true or false, not ${described(value)}`);
};

export function integer(least: number, most: number): Decoder<number> {
  return (value, path) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new DecodeError(path, `must be a whole number from ${least} to ${most}, not ${described(value)}`);
  };
}

export function word<T extends string>(...words: readonly T[]): Decoder<T> {
  return (value, path) => {
    const known = words.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    throw new DecodeError(path, `must be one of ${words.join(", ")}, not ${described(value)}`);
  };
}

export function list<T>(item: Decoder<T>): Decoder<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new DecodeError(path, `must be a list, not ${described(value)}`);
    return value.map((entry, index) => item(entry, `${path}[${index}]`));
  };
}

export function mapOf<T>(item: Decoder<T>): Decoder<Map<string, T>> {
  return (value, path) =>
    new Map(Object.entries(fields(value, path)).map(([key, entry]) => [key, item(entry, `${path}.${key}`)]));
}

/** A field that may be absent or null, which mean the same. */
export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : decoder(value, path));
}

/** A field with a default in the CRD, which also replaces null. */
export function defaulted<T>(decoder: Decoder<T>, value: T): Decoder<T> {
  return (given, path) => (given === undefined || given === null ? value : decoder(given, path));
}

export function object<S extends Readonly<Record<string, Decoder<unknown>>>>(
  shape: S,
): Decoder<{ [K in keyof S]: Decoded<S[K]> }> {
  return (value, path) => {
    const given = fields(value, path);
    const entries = Object.entries(shape).map(([key, decoder]) => {
      const at = path === "" ? key : `${path}.${key}`;
      return [key, decoder(Object.hasOwn(given, key) ? given[key] : undefined, at)];
    });
    return Object.fromEntries(entries) as { [K in keyof S]: Decoded<S[K]> };
  };
}

export function fields(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DecodeError(path, value === undefined ? "is missing" : `must be an object, not ${described(value)}`);
}

function described(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value);
}
