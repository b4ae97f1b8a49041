import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";

const root = path.join(__dirname, "..", "..");
/** A program of the sandbox's size. */
export const sandbox = path.join(__dirname, "fixtures", "sandbox");

/** An empty directory that is removed after the test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "meshfence-test-"));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A project with these files, beside a Pulumi.yaml and the packages of this repository. */
export function project(files: { [name: string]: string }): string {
  const directory = temporaryDirectory();
  const all: { [name: string]: string } = { "Pulumi.yaml": "name: program\nruntime: nodejs\n", ...files };
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  mkdirSync(path.join(directory, "node_modules"));
  symlinkSync(path.join(root, "node_modules", "@pulumi"), path.join(directory, "node_modules", "@pulumi"));
  return directory;
}

/** A copy of a directory that the test may change. */
export function copyOf(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}
