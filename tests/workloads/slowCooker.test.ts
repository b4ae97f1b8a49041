import assert from "node:assert/strict";
import { test } from "node:test";
import { slowCookerArguments, tutorialPaths, urlList } from "../../lib/workloads/slowCooker";

const load = { requestsPerSecond: 5, concurrency: 1, interval: "10s", timeout: "10s" };

test("the URL list has a line for each of the tutorial's paths and no blank one, which slow_cooker would exit on", () => {
  const list = urlList("http://podinfo:9898", tutorialPaths);
  assert.deepEqual(list.split("\n"), [
    "http://podinfo:9898/env",
    "http://podinfo:9898/metrics",
    "http://podinfo:9898/healthz",
    "http://podinfo:9898/readyz",
    "http://podinfo:9898/headers",
    "http://podinfo:9898/version",
    "",
  ]);
});

test("a target may end in a slash", () => {
  assert.equal(urlList("http://podinfo:9898/", ["/env"]), "http://podinfo:9898/env\n");
});

for (const [what, target, paths, message] of [
  ["no path", "http://podinfo:9898", [], /paths is empty/],
  [
    "a path without a slash",
    "http://podinfo:9898",
    ["/env", "version"],
    /paths\[1\] "version".*Did you mean "\/version"\?/,
  ],
  ["a blank path", "http://podinfo:9898", [" "], /paths\[0\] " "/],
  ["a path with a line break", "http://podinfo:9898", ["/a\n/b"], /white space/],
  ["a target without a scheme", "podinfo:9898", ["/env"], /not a URL: give scheme and host/],
  ["a target without a host", "http://", ["/env"], /not a URL/],
] as const) {
  test(`refuses ${what}`, () => {
    assert.throws(() => urlList(target, paths), message);
  });
}

test("flags stand before the one positional argument", () => {
  const flags = slowCookerArguments(load, "/urls");
  assert.equal(flags.at(-1), "@/urls");
  assert.ok(flags.slice(0, -1).every((flag) => flag.startsWith("-")));
  assert.ok(flags.includes("-metric-addr=0.0.0.0:9999"));
});

test("names everything that is wrong with a load at once", () => {
  const wrong = { requestsPerSecond: 0, concurrency: 1.5, interval: "10", timeout: "0s" };
  assert.throws(
    () => slowCookerArguments(wrong, "/urls"),
    ({ message }: Error) => message.split("\n").length === 4 && /load.interval is "10".*with a unit/.test(message),
  );
});
