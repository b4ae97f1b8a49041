import { existsSync } from "node:fs";
import path from "node:path";

/** The file of a YAML program, if it is not Pulumi.yaml itself. */
export const yamlProgramFile = (directory: string): string | undefined =>
  ["Main.yaml", "Main.yml"].map((name) => path.join(directory, name)).find((file) => existsSync(file));
