import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { archiveName, krewManifest } from "../../krew/manifest";
import manifest from "../../package.json";

interface Plugin {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    version: string;
    shortDescription: string;
    platforms: { uri: string; sha256: string; bin: string; selector: { matchExpressions: { values: string[] }[] } }[];
  };
}

test("the manifest for krew is of this package and version, and keeps krew's bounds", () => {
  const sha256 = "0".repeat(64);
  const plugin = parse(krewManifest(manifest, sha256)) as Plugin;
  assert.deepEqual(
    [plugin.apiVersion, plugin.kind, plugin.metadata.name],
    ["krew.googlecontainertools.github.com/v1alpha2", "Plugin", "meshfence"],
  );
  const { spec } = plugin;
  assert.equal(spec.version, `v${manifest.version}`);
  // What krew's index asks of it: short, one line, no full stop, and not the name of the tool again.
  assert.match(spec.shortDescription, /^[A-Z][^\n]{0,58}[^.\n]$/);
  const [platform, ...others] = spec.platforms;
  assert.deepEqual(others, []);
  assert.equal(platform?.sha256, sha256);
  assert.equal(platform?.bin, manifest.bin.meshfence);
  assert.deepEqual(
    platform?.selector.matchExpressions.map(({ values }) => values),
    [["darwin", "linux"]],
  );
  const release = `https://github.com/meshfence/meshfence/releases/download/v${manifest.version}`;
  assert.equal(platform?.uri, `${release}/${archiveName(manifest)}`);
});
