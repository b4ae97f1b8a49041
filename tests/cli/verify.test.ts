import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { deliver } from "../../lib/cli/proof/deliver";
import { StatusLine } from "../../lib/cli/proof/status-line";
import { watch } from "../../lib/cli/proof/watch";
import { ClusterError } from "../../lib/cluster";
import type { VerifyReport } from "../../lib/verify/report";
import { recorded } from "../cluster/recordings";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";

const report: VerifyReport = {
  ...{ context: "c", namespaces: ["n"], startedAt: "2026-11-24T12:00:00.000Z", seconds: 1, edges: [], notProbed: [] },
  ...{ overLimit: 0, readiness: [], notes: [] },
};
const nowhere = () => ({ KUBECONFIG: path.join(temporaryDirectory(), "none"), HOME: temporaryDirectory() });

test("a wrong command line exits with 2 and says what is wrong", async () => {
  const cases: [string[], RegExp][] = [
    [["--format", "xml"], /Allowed choices are text, json, junit, markdown, html/],
    [["--timeout", "soon"], /Give a number of seconds above 0/],
    [["--parallel", "0"], /Give a whole number, 1 or more/],
    [["--outside", "example"], /--outside example: give host and port/],
    [["--outside", "192.0.2.7:80", "--no-strangers"], /cannot be combined with --no-strangers/],
  ];
  for (const [args, words] of cases) {
    const { status, stderr } = await meshfenceShared(["verify", ...args], { env: nowhere() });
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, words);
  }
});

test("without a cluster, exits with 2 and says where it looked", async () => {
  const env = nowhere();
  const { status, stdout, stderr } = await meshfenceShared(["verify", "-n", "shop"], { env });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.ok(stderr.includes(env.KUBECONFIG), stderr);
  assert.doesNotMatch(stderr, /\n {4}at /, "no stack trace");
});

test("exits with 2 if the cluster does not answer", async () => {
  const file = path.join(temporaryDirectory(), "kubeconfig");
  const entries = {
    clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:9" } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "gone", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", ...entries }));
  const { status, stderr } = await meshfenceShared(["verify", "--kubeconfig", file, "--context", "gone", "-n", "shop"]);
  assert.equal(status, 2);
  assert.match(stderr, /^error: .*127\.0\.0\.1:9/m);
});

test("--output writes the report to a file", async () => {
  const output = path.join(temporaryDirectory(), "verify.xml");
  await deliver(report, { format: "junit", output });
  assert.match(readFileSync(output, "utf8"), /^<\?xml version="1\.0"/);
  const folder = temporaryDirectory();
  await assert.rejects(deliver(report, { format: "json", output: folder }), /cannot be written/);
});

test("the status line is one line on a terminal, and elsewhere prints each step once", () => {
  const written = (isTTY: boolean) => {
    let text = "";
    const line = new StatusLine({
      isTTY,
      columns: 20,
      write: (part: string) => {
        text += part;
        return true;
      },
    } as NodeJS.WriteStream);
    for (const said of ["Reading", "Probing: 1 of 2", "Probing: 2 of 2, and more", "Removing"]) line.show(said);
    line.clear();
    return text;
  };
  assert.equal(written(false), "Reading\nProbing: 1 of 2\nRemoving\n");
  assert.equal(written(true).split("\r\u001b[K").join("|"), "|Reading|Probing: 1 of 2|Probing: 2 of 2, an|Removing|");
});

test("--watch verifies again after a change, and stops at a signal", async () => {
  const controller = new AbortController();
  const options = { format: "text" as const, interval: 3600, output: path.join(temporaryDirectory(), "out.txt") };
  const snapshot = recorded("sandbox");
  let looks = 0;
  let runs = 0;
  const cluster = {
    // The policies disappear after the first poll.
    read: async () => ({
      ...snapshot,
      scope: { namespaces: ["cilium-linkerd"] },
      policies: ++looks > 2 ? [] : snapshot.policies,
    }),
  };
  const proof = {
    run: async () => {
      if (++runs === 2) controller.abort(new ClusterError("interrupted", "interrupted"));
      return report;
    },
  };
  const { signal } = controller;
  const status = new StatusLine({ isTTY: false, write: () => true } as unknown as NodeJS.WriteStream);
  const input = { proof, cluster, namespaces: ["cilium-linkerd"], options, signal, status, lookSeconds: 0.01 };
  await assert.rejects(watch(input), { name: "AbortError" });
  assert.deepEqual([runs, looks], [2, 3]);
});
