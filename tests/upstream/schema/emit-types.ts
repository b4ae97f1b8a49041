import type { Schema } from "../../../lib/kubernetes/schema/schema";
import { childrenOf } from "./emit";

/** A type that is written elsewhere, or by a note of ours. */
export interface TypeNames {
  /** Interfaces by the path of one place where they stand, with what there is to say of them. */
  interfaces: Readonly<Record<string, { name: string; doc?: string }>>;
  /** Types that are not made from the schema, by path. */
  given: Readonly<Record<string, string>>;
}

/** Writes a schema's objects as TypeScript interfaces: those that have a name, and the others within them. */
export function emitTypes(schema: Schema, { interfaces, given }: TypeNames): string {
  const named = new Map<string, string>();
  const schemas: { name: string; doc?: string; schema: Schema; path: string }[] = [];
  const walk = (at: Schema, path: string): void => {
    const known = interfaces[path];
    if (known !== undefined) {
      // The same object under another name would be two interfaces for one thing.
      if (!named.has(keyOf(at))) named.set(keyOf(at), known.name);
      schemas.push({ ...known, schema: at, path });
    }
    for (const [part, child] of childrenOf(at)) if (part !== "()") walk(child, `${path}${part}`);
  };
  walk(schema, "");

  const typeOf = (at: Schema, path: string): string => {
    const own = given[path];
    if (own !== undefined) return own;
    const name = named.get(keyOf(at));
    return name ?? literal(at, path);
  };
  const literal = (at: Schema, path: string): string => {
    if (at.intOrString === true) return "number | string";
    switch (at.type) {
      case "array":
        return at.items === undefined ? "unknown[]" : `(${typeOf(at.items, `${path}[]`)})[]`;
      case "object":
        if (at.additionalProperties !== undefined)
          return `Record<string, ${typeOf(at.additionalProperties, `${path}{}`)}>`;
        return at.properties === undefined ? "Record<string, unknown>" : members(at, path);
      case "integer":
      case "number":
        return "number";
      case "boolean":
        return "boolean";
      default:
        return "string";
    }
  };
  const members = ({ properties = {}, required = [] }: Schema, path: string): string => {
    const fields = Object.entries(properties).map(([key, field]) => {
      const optional = required.includes(key) ? "" : "?";
      return `${noteOf(field)}${JSON.stringify(key)}${optional}: ${typeOf(field, `${path}.${key}`)};`;
    });
    return `{\n${fields.join("\n")}\n}`;
  };
  return schemas
    .map(
      ({ name, doc, schema: at, path }) =>
        `${doc === undefined ? "" : `/** ${doc} */\n`}export interface ${name} ${members(at, path)}\n`,
    )
    .join("\n");
}

function keyOf(schema: Schema): string {
  return JSON.stringify(schema);
}

/** The limits that a type cannot say. */
function noteOf({
  enum: words,
  minimum,
  maximum,
  minItems,
  maxItems,
  maxLength,
  format,
  default: value,
}: Schema): string {
  const notes = [
    ...(words === undefined ? [] : [`one of ${words.join(", ")}`]),
    ...(minimum === undefined ? [] : [`${minimum} to ${maximum}`]),
    ...(minItems === undefined ? [] : [`at least ${minItems}`]),
    ...(maxItems === undefined ? [] : [maxItems === 0 ? "must be empty" : `at most ${maxItems}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(format === "cidr" ? ["CIDR"] : []),
    ...(value === undefined ? [] : [`default ${JSON.stringify(value)}`]),
  ];
  const note = notes.join("; ");
  return note === "" ? "" : `/** ${note.charAt(0).toUpperCase()}${note.slice(1)}. */\n`;
}
