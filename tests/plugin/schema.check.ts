import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { parse } from "yaml";
import manifest from "../../package.json";
import { publishedSchema } from "./registry-facts";

const folder = path.join(__dirname, "../../lib/plugin");
const components = getPulumiComponents(require("../../dist/plugin"));

interface Schema {
  resources: { [token: string]: Described & { inputProperties?: Properties; properties?: Properties } };
  types: { [token: string]: { properties?: Properties } };
  [member: string]: unknown;
}
type Properties = { [property: string]: Described };
interface Described {
  description?: string;
}

/** The schema that the plugin returns to Pulumi. The analysis takes seconds, so it runs once. */
const answered = new ComponentProvider({
  name: "meshfence",
  namespace: "meshfence",
  dirname: folder,
  components,
}).getSchema() as Promise<string>;

test("the committed schema matches the plugin's", async () => {
  // Pulumi's command omits empty members, and `optional`, which follows from `required`.
  const given = JSON.parse(await answered, (key, value) =>
    (key === "optional" && typeof value === "boolean") || (Array.isArray(value) && value.length === 0)
      ? undefined
      : value,
  );
  const { config, ...committed } = JSON.parse(readFileSync(path.join(folder, "schema.json"), "utf8"));
  assert.deepEqual(config, {});
  assert.deepEqual(differences(publishedSchema(given) as Schema, committed), [], "it is out of date: npm run schema");
});

/** The differences between two schemas, two levels deep, since a whole schema is too long for a message. */
function differences(left: Schema, right: Schema, depth = 2): string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => {
    const [ours, theirs] = [left[key], right[key]];
    if (isDeepStrictEqual(ours, theirs)) return [];
    if (depth === 1 || typeof ours !== "object" || typeof theirs !== "object") return [key];
    return differences(ours as Schema, theirs as Schema, depth - 1).map((step) => `${key} ${step}`);
  });
}

test("other languages get every component but KindCluster, under the same token", async () => {
  const library = [...getPulumiComponents(require("../../dist")), ...getPulumiComponents(require("../../dist/kind"))];
  const expected = library
    .map(({ name }) => `meshfence:index:${name}`)
    .filter((token) => !token.endsWith(":KindCluster"));
  const { resources } = JSON.parse(await answered) as Schema;
  assert.deepEqual(Object.keys(resources).sort(), expected.sort());
});

test("every component, argument and output has a docstring in the schema", async () => {
  const { resources, types } = JSON.parse(await answered) as Schema;
  const undocumented: string[] = [];
  for (const [token, { description, inputProperties, properties }] of Object.entries(resources)) {
    if (!description) undocumented.push(token);
    for (const [name, property] of Object.entries({ ...inputProperties, ...properties })) {
      if (!property.description) undocumented.push(`${token}.${name}`);
    }
  }
  for (const [token, { properties }] of Object.entries(types)) {
    // Kubernetes' own, which Pulumi inlines.
    if (/:Resource(Claim|Requirements)$/.test(token)) continue;
    for (const [name, { description }] of Object.entries(properties ?? {})) {
      if (!description) undocumented.push(`${token}.${name}`);
    }
  }
  assert.deepEqual(undocumented, []);
});

test("the plugin's manifest agrees with package.json, and names SDKs the same for every source of the plugin", () => {
  const plugin = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const { version, description } = manifest;
  // Without a scope, Pulumi uses the owner of the repository, and none for a folder: a Python program would import meshfence_meshfence from the former,
  // and pulumi_meshfence from the latter.
  assert.deepEqual(
    { name: plugin.name, version: plugin.version, description: plugin.description },
    { name: "@meshfence/meshfence", version, description },
  );
  assert.deepEqual(parse(readFileSync(path.join(folder, "PulumiPlugin.yaml"), "utf8")), { runtime: "nodejs" });
});
