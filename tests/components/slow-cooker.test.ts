import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPath, formatProblem } from "../../lib/common/problem";
import {
  defaultLoad,
  loadProblems,
  slowCookerArguments,
  tutorialPaths,
  urlList,
  urlListProblems,
} from "../../lib/components/slow-cooker/workload";

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

test("accepts a target that ends in a slash", () => {
  assert.equal(urlList("http://podinfo:9898/", ["/env"]), "http://podinfo:9898/env\n");
});

for (const [what, target, paths, expected] of [
  ["no path", "http://podinfo:9898", [], /^paths: there is no path/],
  [
    "a path without a slash",
    "http://podinfo:9898",
    ["/env", "version"],
    /^paths\[1\]: "version".*did you mean "\/version"\?/,
  ],
  ["a blank path", "http://podinfo:9898", [" "], /^paths\[0\]: " "/],
  ["a path with a line break", "http://podinfo:9898", ["/a\n/b"], /did you mean "\/a\/b"/],
  ["a target without a scheme", "podinfo:9898", ["/env"], /^target: .*give scheme and host/],
  ["a target without a host", "http://", ["/env"], /^target: /],
] as const) {
  test(`refuses ${what}`, () => {
    const [problem, ...more] = urlListProblems(target, paths);
    assert.ok(problem && more.length === 0);
    assert.match(formatProblem(problem), expected);
  });
}

test("accepts the defaults", () => {
  assert.deepEqual(urlListProblems("http://podinfo:9898", tutorialPaths), []);
  assert.deepEqual(loadProblems(["load"], defaultLoad), []);
});

test("puts flags before the one positional argument", () => {
  const flags = slowCookerArguments(defaultLoad, "/urls");
  assert.equal(flags.at(-1), "@/urls");
  assert.ok(flags.slice(0, -1).every((flag) => flag.startsWith("-")));
  assert.ok(flags.includes("-metric-addr=0.0.0.0:9999"));
});

test("reports all problems of a load at once", () => {
  const wrong = { requestsPerSecond: 0, concurrency: 1.5, interval: "10", timeout: "0s" };
  assert.deepEqual(
    loadProblems(["load"], wrong).map(({ path = [] }) => formatPath(path)),
    ["load.requestsPerSecond", "load.concurrency", "load.interval", "load.timeout"],
  );
});
