import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { publishedSchema } from "./registry-facts";

/** Writes what Pulumi answered with into the committed schema, with what the Pulumi Registry wants to know beside it. */
const root = path.join(__dirname, "../..");
const answered = JSON.parse(readFileSync(path.join(root, "dist", "schema.json"), "utf8"));
writeFileSync(
  path.join(root, "lib", "plugin", "schema.json"),
  `${JSON.stringify(publishedSchema(answered), null, 2)}\n`,
);
