import { existsSync } from "node:fs";
import path from "node:path";

/** The file of a program in YAML, if it is not the project's. */
export const yamlProgramFile = (directory: string): string | undefined =>
  ["Main.yaml", "Main.yml"].map((name) => path.join(directory, name)).find((file) => existsSync(file));
