import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";

const host = path.join(__dirname, "..", "pulumi-engine", "fixtures", "language-host.js");

/** A folder for the PATH with a language host of this name, which runs what a program.json says. */
export function languageHost(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "meshfence-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, name);
  writeFileSync(file, `#!${process.execPath}\nrequire(${JSON.stringify(host)});\n`);
  chmodSync(file, 0o755);
  return folder;
}
