import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import manifest from "../../package.json";

const root = path.join(__dirname, "../..");

test("the tarball holds the built library with its types, the manifest, and what people read first", () => {
  const { stdout, stderr, status } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  const files = (packed?.files ?? []).map((file) => file.path);

  const groups = new Set(files.map((file) => file.split("/").slice(0, 2).join("/")));
  const built = readdirSync(path.join(root, "lib"), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "plugin" ? [] : [`dist/${entry.name}`];
    const module = /^(.*)\.ts$/.exec(entry.name)?.[1];
    return module === undefined ? [] : [`dist/${module}.js`, `dist/${module}.d.ts`];
  });
  const front = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
  assert.deepEqual(
    [...groups].sort(),
    [...front.filter((file) => files.includes(file)), ...built].sort(),
    "what is too many is often left from before a move: remove dist and build again",
  );
  for (const file of ["LICENSE", "README.md"]) assert.equal(files.includes(file), existsSync(path.join(root, file)));

  // JavaScript, types, and the style of the page alone: no tests, no records of the compiler, no source maps to sources that are not here.
  assert.deepEqual(
    files.filter((file) => file.startsWith("dist/") && !/\.(js|d\.ts)$|^dist\/page\/page\.css$/.test(file)),
    [],
  );
  const entries = [...Object.values(manifest.exports).flatMap((entry) => Object.values(entry)), manifest.bin.meshfence]
    .map((file) => path.posix.normalize(file))
    .filter((file) => file.length > 1 && file.includes("dist"));
  assert.deepEqual(
    entries.filter((file) => !files.includes(file)),
    [],
  );
  const mapped = files.filter(
    (file) => /\.js$/.test(file) && readFileSync(path.join(root, file), "utf8").includes("sourceMappingURL"),
  );
  assert.deepEqual(mapped, []);
});
