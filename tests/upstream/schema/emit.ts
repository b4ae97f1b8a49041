import { canonical } from "../../../lib/kubernetes/schema/list-types";
import type { Schema } from "../../../lib/kubernetes/schema/schema";

/** A schema that occurs again, under the name of the field where it occurs first. */
interface Shared {
  name: string;
  schema: Schema;
}

/** Nothing is gained by naming what is shorter than a name and a line. */
const WORTH_NAMING = 60;

/**
 * Writes schemas as TypeScript, each part that occurs again as a constant of its own.
 *
 * @param roots The schemas by the name that they are exported under.
 * @param names What parts are called, by the path of one place where they stand: `spec.ingress[]`.
 */
export function emitSchemas(
  roots: Readonly<Record<string, Schema>>,
  names: Readonly<Record<string, string>> = {},
): string {
  const found = new Map<string, { count: number; schema: Schema; path: string }>();
  const walk = (schema: Schema, path: string): void => {
    const key = canonical(schema);
    const known = found.get(key);
    if (known !== undefined) {
      known.count++;
      if (Object.hasOwn(names, path)) known.path = path;
      return;
    }
    found.set(key, { count: 1, schema, path });
    for (const [part, child] of childrenOf(schema)) walk(child, `${path}${part}`);
  };
  for (const schema of Object.values(roots)) walk(schema, "");

  const taken = new Set(Object.keys(roots));
  const shared = new Map<string, Shared>();
  for (const [key, { count, schema, path }] of found) {
    const named = Object.hasOwn(names, path);
    if (path === "" || (!named && (count < 2 || key.length < WORTH_NAMING))) continue;
    shared.set(key, { name: free(names[path] ?? nameOf(path), taken), schema });
  }

  const written = new Set<string>();
  const lines: string[] = [];
  const define = (schema: Schema): void => {
    for (const [, child] of childrenOf(schema)) {
      define(child);
      const known = shared.get(canonical(child));
      if (known === undefined || written.has(known.name)) continue;
      written.add(known.name);
      lines.push(`const ${known.name}: Schema = ${text(child, shared)};\n`);
    }
  };
  for (const [name, schema] of Object.entries(roots)) {
    define(schema);
    lines.push(`export const ${name}: Schema = ${text(schema, shared)};\n`);
  }
  return lines.join("\n");
}

export function childrenOf({ properties = {}, items, additionalProperties, not, ...rest }: Schema): [string, Schema][] {
  const options = [...(rest.oneOf ?? []), ...(rest.anyOf ?? []), ...(rest.allOf ?? [])];
  return [
    ...Object.entries(properties).map(([name, field]): [string, Schema] => [`.${name}`, field]),
    ...(items === undefined ? [] : [["[]", items] as [string, Schema]]),
    ...(additionalProperties === undefined ? [] : [["{}", additionalProperties] as [string, Schema]]),
    ...[...options, ...(not === undefined ? [] : [not])].map((option): [string, Schema] => ["()", option]),
  ];
}

/** The schema itself, with names in place of its parts. */
function text(schema: Schema, shared: ReadonlyMap<string, Shared>): string {
  const part = (child: Schema) => shared.get(canonical(child))?.name ?? text(child, shared);
  const fields = Object.entries(schema).map(([key, value]) => {
    if (key === "properties") {
      const properties = Object.entries(value as Record<string, Schema>);
      return `properties: {${properties.map(([name, field]) => `${JSON.stringify(name)}: ${part(field)}`).join(", ")}}`;
    }
    if (key === "items" || key === "additionalProperties" || key === "not") return `${key}: ${part(value as Schema)}`;
    if (key === "oneOf" || key === "anyOf" || key === "allOf") {
      return `${key}: [${(value as Schema[]).map(part).join(", ")}]`;
    }
    return `${key}: ${JSON.stringify(value)}`;
  });
  return `{ ${fields.join(", ")} }`;
}

function nameOf(path: string): string {
  const field = path.split(".").at(-1) ?? path;
  const name = field.replaceAll(/\[\]|\{\}|\(\)/g, "Item").replaceAll(/[^A-Za-z0-9]/g, "");
  return /^(default|in|if|for|not|delete|new)$/.test(name) ? `${name}Field` : name;
}

function free(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`;
  taken.add(name);
  return name;
}
