import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type { Explanation } from "../../lib/reachability/explain";
import { meshfenceShared } from "../support/meshfence";

const fixtures = path.join(__dirname, "fixtures");
const explain = (...args: string[]) => meshfenceShared(["explain", ...args], { cwd: fixtures });

test("explain says it in one sentence first, then rule by rule with file and line", async () => {
  const { status, stdout, stderr } = await explain("web", "db", "5432", "before");
  assert.deepEqual([status, stderr], [0, ""]);
  const [first = ""] = stdout.split("\n\n");
  assert.equal(
    first.replace(/\s+/g, " "),
    "✗ shop/web → shop/db TCP 5432 is denied (the packet goes to 4143): no egress rule of shop/web allows it, and no ingress rule of shop/db allows it.",
  );
  assert.match(
    stdout,
    /nearest: rule 1 of shop\/db would, but for the port: it names TCP\s+5432, and the packet goes to TCP 4143\s+before\/policies\.yaml:7\n/,
  );
  assert.match(stdout, /wire +TCP 4143, mTLS: in the transport mode transport-header/);
});

test("explain prints JSON for machines", async () => {
  const { stdout } = await explain("batch/report", "shop/db", "pg", "before", "--format", "json");
  const told = JSON.parse(stdout) as Explanation;
  assert.equal(told.state, "allowed");
  assert.deepEqual(
    told.ingress.matching.map(({ policy }) => policy.place),
    [{ file: "before/policies.yaml", line: 7, column: 7 }],
  );
});

test("explain ends with 2 where nobody is meant", async () => {
  for (const [args, said] of [
    [["nobody", "db", "1"], /^FROM: nobody is called "nobody"/],
    [["web", "nobody", "1"], /^TO: nobody is called "nobody"/],
    [["web", "db", "ssh"], /^PORT: "ssh" is no port of it; give 5432, 53\/UDP or icmp, or pg\n$/],
    [["web", "web", "1"], /^TO: is who connects/],
  ] as const) {
    const { status, stdout, stderr } = await explain(...args, "before");
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, said);
  }
});
