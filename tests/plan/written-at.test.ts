import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { fileOfText, WrittenAt } from "../../lib/plan/kubernetes/written-at";
import { repository } from "../input/render/support";

test("finds a text in the program's own files, never in packages", () => {
  const root = repository({
    "a/b.yaml": "x: 1\n",
    "a/c.yaml": "y: 1\n",
    "node_modules/d.yaml": "z: 1\n",
    "e.txt": "w: 1\n",
  });
  const found = (text: string) =>
    fileOfText(root, text)
      ?.slice(root.length + 1)
      .split(path.sep)
      .join("/");
  assert.deepEqual(["x: 1\n", "y: 1\n", "z: 1\n", "w: 1\n", "x: 1"].map(found), [
    "a/b.yaml",
    "a/c.yaml",
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(fileOfText(path.join(root, "gone"), "x: 1\n"), undefined);
});

test("only children of first-version components have the place of the object with their name", () => {
  const written = new WrittenAt();
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" } };
  const place = { file: "/x.yaml", line: 3, column: 1 };
  written.note(object, place);
  const one = { type: "kubernetes:core/v1:ConfigMap", name: "n/a" };
  assert.equal(written.placeOf({ ...one, inputs: object }, "kubernetes:yaml:ConfigFile"), place);
  assert.equal(written.placeOf({ ...one, inputs: object }, "kubernetes:helm.sh/v3:Chart"), place);
  assert.equal(written.placeOf({ ...one, inputs: object }, "my:own:Component"), undefined);
  assert.equal(
    written.placeOf({ ...one, inputs: { ...object, metadata: { name: "a" } } }, "kubernetes:yaml:ConfigFile"),
    undefined,
  );
});
