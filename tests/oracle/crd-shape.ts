// Holds lib/input/manifests/policy-shape.ts against the CRDs of the Cilium module that tests/oracle/go.mod pins: the same fields at every
// level, the same types, the same required fields and choices. Part of tests/oracle/run.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ruleShape } from "../../lib/input/manifests/policy-shape";
import type { Shape } from "../../lib/input/manifests/shape";

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  required?: string[];
  enum?: string[];
  maxItems?: number;
  minItems?: number;
  minimum?: number;
  maximum?: number;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/**
 * Compares every field of both kinds of policy.
 *
 * @param module folder of Cilium's Go module
 */
export function compareCrds(module: string): { fields: number; differences: string[] } {
  const found: Comparison = { fields: 0, differences: [] };
  for (const kind of ["ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies"]) {
    const file = path.join(module, "pkg/k8s/apis/cilium.io/client/crds/v2", `${kind}.yaml`);
    const { spec } = parse(readFileSync(file, "utf8")) as {
      spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
    };
    const root = spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
    hold(found, ruleShape, root.spec, `${kind}: spec`);
    hold(found, ruleShape, root.specs?.items, `${kind}: specs[]`);
  }
  return found;
}

interface Comparison {
  fields: number;
  differences: string[];
}

function hold(found: Comparison, shape: Shape, schema: Schema | undefined, at: string): void {
  const { differences } = found;
  found.fields++;
  if (schema === undefined) {
    differences.push(`${at}: the CRD has no such field`);
    return;
  }
  const same = (what: string, ours: unknown, theirs: unknown) => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      differences.push(`${at}: ${what}: ${JSON.stringify(ours)}, in the CRD ${JSON.stringify(theirs)}`);
    }
  };
  same("type", typeOf(shape), schemaType(schema));
  switch (shape.type) {
    case "string":
      same("values", sorted(shape.values), sorted(schema.enum));
      return;
    case "integer":
      same("range", [shape.min, shape.max], [schema.minimum, schema.maximum]);
      return;
    case "list":
      same("limits", [shape.min, shape.max], [schema.minItems, schema.maxItems]);
      if (schema.items !== undefined) hold(found, shape.items, schema.items, `${at}[]`);
      return;
    case "map":
      hold(found, shape.values, schema.additionalProperties, `${at}{}`);
      return;
    case "object":
      same("fields", sorted(Object.keys(shape.fields)), sorted(Object.keys(schema.properties ?? {})));
      same("required", sorted(shape.required), sorted(schema.required));
      same("exactly one of", sorted(shape.oneOf), sorted(schema.oneOf?.flatMap(({ required = [] }) => required)));
      same("at least one of", sorted(shape.anyOf), sorted(schema.anyOf?.flatMap(({ required = [] }) => required)));
      for (const [name, field] of Object.entries(shape.fields))
        hold(found, field, schema.properties?.[name], `${at}.${name}`);
  }
}

function typeOf({ type }: Shape): string {
  return type === "list" ? "array" : type === "map" ? "object" : type;
}

function schemaType({ type, anyOf }: Schema): string {
  if (type !== undefined) return type;
  const types = sorted(anyOf?.map((option) => option.type ?? "?"));
  return types?.join() === "integer,string" ? "integerOrString" : "any";
}

function sorted(values: readonly string[] | undefined): string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : [...values].sort();
}
