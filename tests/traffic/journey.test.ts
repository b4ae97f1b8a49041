import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { runToTheEnd, type Standing } from "./journey";
import { recordings } from "./lines";

// The other transport mode: journey.check.ts.
test("transparent: running each next command leads to enforcement of everything that was seen, with nothing denied", () =>
  runToTheEnd("transparent"));

test("where Servers tell ports apart and only 4143 was seen, the next step is to record more", async () => {
  const folder = path.join(recordings, "transport-header");
  const flows = ["--traffic", path.join(folder, "phase-0.flows.jsonl.gz")];
  const { stdout: servers } = await meshfenceShared(
    ["learn", ...flows, "--traffic", path.join(folder, "metrics"), "--observe"],
    { cwd: temporaryDirectory() },
  );
  const file = path.join(temporaryDirectory(), "learned.yaml");
  writeFileSync(file, servers.replace(/gress: false/g, "gress: true"));
  const { stdout } = await meshfenceShared(["rollout", file, ...flows, "--only", "shop/cart", "--format", "json"]);
  const [cart]: Standing[] = JSON.parse(stdout).workloads;
  assert.deepEqual(
    [/^give the metrics of its proxies.* only 4143 was seen/.test(cart?.next?.what ?? ""), cart?.next?.command],
    [true, undefined],
    cart?.next?.what,
  );
});
