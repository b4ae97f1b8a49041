import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { publishedSchema } from "./registry-facts";

/** Writes the schema from Pulumi into the committed one, plus what the Pulumi Registry shows. */
const root = path.join(__dirname, "../..");
const answered = JSON.parse(readFileSync(path.join(root, "dist", "schema.json"), "utf8"));
writeFileSync(
  path.join(root, "lib", "plugin", "schema.json"),
  `${JSON.stringify(publishedSchema(answered), null, 2)}\n`,
);
