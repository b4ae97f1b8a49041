import { readFileSync } from "node:fs";
import path from "node:path";

/** The version of meshfence. */
export function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(path.join(__dirname, "..", "..", "..", "package.json"), "utf8"),
  );
  return version;
}
