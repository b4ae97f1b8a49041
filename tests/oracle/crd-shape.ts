// Compares the policy schemas in lib/cilium/api, which `npm run schema:crds` writes, with the CRDs of the Cilium module that tests/oracle/go.mod
// pins. Part of tests/oracle/run.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ciliumFiles, networkPolicyFiles } from "../upstream/schema/files";

/** Ignores what the formatter changes: line ends, commas, quotes and parentheses. */
const unformatted = (text: string) => text.replaceAll(/[\s,"'()]/g, "");

/** The folder of a module that Cilium's requires. */
function required(name: string): string {
  return execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", name], { cwd: __dirname, encoding: "utf8" }).trim();
}

/**
 * The files that no longer match the CRDs.
 *
 * @param module folder of Cilium's Go module
 */
export function outdatedSchemas(module: string): { files: number; outdated: string[] } {
  const files = [...ciliumFiles(() => module), ...networkPolicyFiles(required)];
  const root = path.join(__dirname, "../..");
  const outdated = files.filter(
    ({ file, content }) => unformatted(readFileSync(path.join(root, file), "utf8")) !== unformatted(content),
  );
  return { files: files.length, outdated: outdated.map(({ file }) => file) };
}
