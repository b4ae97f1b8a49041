import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import manifest from "../../package.json";

interface Locked {
  version?: string;
  link?: boolean;
  resolved?: string;
  dependencies?: { [name: string]: string };
}

/**
 * npm 10, which comes with Node 22, overrides nothing of a folder that is linked, so that `npm ci` refused a lock file that npm 11 had written
 * with overrides for sdks/kind: what the folder's manifest asks for has to be locked as it asks.
 */
test("what a linked folder depends on is in the lock file at a version of its range, without overrides", () => {
  const { packages } = JSON.parse(readFileSync(path.join(__dirname, "../../package-lock.json"), "utf8")) as {
    packages: { [location: string]: Locked };
  };
  assert.ok(!("overrides" in manifest));
  const folders = Object.values(packages).flatMap(({ link, resolved }) => (link === true ? [resolved ?? ""] : []));
  assert.deepEqual(folders, ["sdks/kind"]);
  const checked = folders.flatMap((folder) =>
    Object.entries(packages[folder]?.dependencies ?? {}).map(([name, range]) => {
      const nested = packages[`${folder}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
      // Pulumi's generator writes caret ranges, all of 1.0.0 or newer.
      assert.match(range, /^\^[1-9]/, name);
      const [wanted = [], given = []] = [range.slice(1), nested?.version ?? ""].map((text) =>
        text.split(".").map(Number),
      );
      assert.equal(given[0], wanted[0], `${folder} wants ${name} ${range}, the lock file has ${nested?.version}`);
      assert.ok((given[1] ?? 0) >= (wanted[1] ?? 0), `${folder} wants ${name} ${range}, not ${nested?.version}`);
      return name;
    }),
  );
  assert.ok(checked.length > 2, checked.join());
});
