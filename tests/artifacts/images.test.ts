import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ArtifactSources, sourcedImage } from "../../lib/artifacts";
import { formatImageReference, parseImageReference } from "../../lib/artifacts/image-reference";

const digest = `sha256:${"0".repeat(64)}`;

test("parses references like Docker", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["busybox", "docker.io/library/busybox"],
    ["buoyantio/slow_cooker:1.3.0", "docker.io/buoyantio/slow_cooker:1.3.0"],
    ["localhost/api", "localhost/api"],
    ["localhost:5000/api:1", "localhost:5000/api:1"],
    ["registry.example.com:5000/a/b/c", "registry.example.com:5000/a/b/c"],
    [`quay.io/cilium/cilium:v1.20.2@${digest}`, `quay.io/cilium/cilium:v1.20.2@${digest}`],
    [`quay.io/cilium/cilium@${digest}`, `quay.io/cilium/cilium@${digest}`],
  ];
  for (const [given, whole] of cases) assert.equal(formatImageReference(parseImageReference(given)), whole);
});

test("without sources, an image stays the same, with its registry spelled out", () => {
  assert.equal(sourcedImage("buoyantio/slow_cooker:1.3.0"), "docker.io/buoyantio/slow_cooker:1.3.0");
});

test("a single repository takes precedence over its registry, and that over the general one", () => {
  const artifacts: ArtifactSources = {
    images: {
      registry: "all.example.com/mirror/",
      registries: { "quay.io": "quay.example.com" },
      repositories: { "quay.io/cilium/operator": "one.example.com/cilium-operator" },
    },
  };
  assert.equal(
    sourcedImage("ghcr.io/stefanprodan/podinfo:6", artifacts),
    "all.example.com/mirror/stefanprodan/podinfo:6",
  );
  assert.equal(sourcedImage("quay.io/cilium/cilium:1", artifacts), "quay.example.com/cilium/cilium:1");
  assert.equal(sourcedImage("quay.io/cilium/operator:1", artifacts), "one.example.com/cilium-operator:1");
});

test("drops digests if they are switched off, unless nothing else identifies the image", () => {
  const artifacts = { images: { digests: false } };
  assert.equal(sourcedImage(`quay.io/a/b:1@${digest}`, artifacts), "quay.io/a/b:1");
  assert.equal(sourcedImage(`quay.io/a/b@${digest}`, artifacts), `quay.io/a/b@${digest}`);
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const upstream = fc
  .record({
    registry: fc.constantFrom("quay.io", "docker.io", "localhost:5000", "registry.k8s.io"),
    path: fc.array(word, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
    tag: fc.option(word, { nil: undefined }),
    digest: fc.option(fc.constant(digest), { nil: undefined }),
  })
  .map((reference) => ({ ...reference, text: formatImageReference(reference) }));

test("formats a parsed reference back to the original", () => {
  fc.assert(
    fc.property(upstream, ({ text, ...reference }) => assert.deepEqual({ ...parseImageReference(text) }, reference)),
  );
});

test("a mirror keeps path and tag, so that different images stay different", () => {
  fc.assert(
    fc.property(upstream, upstream, (left, right) => {
      const images = { registries: { "quay.io": "m.example.com/q", "docker.io": "m.example.com/d" } };
      const [movedLeft, movedRight] = [sourcedImage(left.text, { images }), sourcedImage(right.text, { images })];
      assert.equal(movedLeft === movedRight, left.text === right.text);
      assert.ok(movedLeft.includes(left.path));
    }),
  );
});
