import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryDirectory } from "../plan/fixture";
import { meshfence } from "../support/meshfence";
import type { Shop } from "./repository";

export const [fenced, open]: Shop[] = [
  { ports: [80], replicas: 1 },
  { ports: [80, 90], replicas: 2 },
];
export const pr = (root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  meshfence(["pr", "--program", path.join(root, "shop"), ...args], { cwd: root, env });

/** A PATH with git and node, and optionally a `helm` that renders its input. */
export function pathWith(helm: boolean): NodeJS.ProcessEnv {
  const folder = temporaryDirectory();
  if (helm) {
    const script = [
      "#!/bin/sh",
      // Like the real one, it needs no other program on the PATH.
      "PATH=/usr/bin:/bin",
      'for each; do case $each in --values=*) values=$(echo "$each" | cut -d= -f2-);; esac; done',
      // Two objects of the same name, neither of which may hide the other.
      "for namespace in here there; do",
      '  printf -- "---\\n# Source: cache\\napiVersion: example.com/v1\\nkind: Deployment\\nmetadata:\\n  name: cache\\n  namespace: $namespace\\nspec:\\n  "',
      '  cat "$values"; echo; done',
      "",
    ];
    writeFileSync(path.join(folder, "helm"), script.join("\n"));
    chmodSync(path.join(folder, "helm"), 0o755);
  }
  const real = execFileSync("sh", ["-c", "dirname $(command -v git)"], { encoding: "utf8" }).trim();
  return { PATH: [folder, path.dirname(process.execPath), real, "/bin"].join(path.delimiter) };
}
