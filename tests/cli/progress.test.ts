import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Progress } from "../../lib/cli/sandbox/progress";

const urn = (type: string, name: string) => `urn:pulumi:s::p::${type}::${name}`;
const step = (type: string, name: string, op = "create") => ({
  metadata: { op, urn: urn(type, name), type, provider: "" },
});

/** The lines for these events, which happen two seconds apart. */
function written(preview: boolean, ...events: { [kind: string]: unknown }[]): string[] {
  const lines: string[] = [];
  let time = 0;
  const progress = new Progress(
    (line) => lines.push(line),
    preview,
    () => (time += 2000),
  );
  for (const event of events) progress.report(event as unknown as EngineEvent);
  return lines;
}

test("reports the start and end of what takes time, and nothing else", () => {
  const release = step("kubernetes:helm.sh/v3:Release", "cilium");
  assert.deepEqual(
    written(
      false,
      { resourcePreEvent: step("meshfence:index:Cilium", "cilium") },
      { resourcePreEvent: step("tls:index/privateKey:PrivateKey", "key") },
      { resourcePreEvent: release },
      { resourcePreEvent: step("kubernetes:core/v1:Namespace", "same", "same") },
      { resOutputsEvent: release },
      { resOutputsEvent: step("kubernetes:core/v1:Namespace", "same", "same") },
    ),
    ["  creating Release cilium", "  done Release cilium (2 s)"],
  );
});

test("reports failures and diagnostics without colour directives, debug log or blank lines", () => {
  const release = step("kubernetes:helm.sh/v3:Release", "cilium");
  const diagnostic = (severity: string, message: string, more = {}) => ({
    diagnosticEvent: { severity, message, ...more },
  });
  assert.deepEqual(
    written(
      false,
      { resourcePreEvent: release },
      diagnostic("debug", "noise"),
      diagnostic("info", "passing", { ephemeral: true }),
      diagnostic("error", "<{%reset%}>error: no chart\n<{%reset%}>", { urn: release.metadata.urn }),
      diagnostic("info#err", "said on the error stream\n"),
      diagnostic("info", "\n"),
      { resOpFailedEvent: release },
    ),
    [
      "  creating Release cilium",
      "error: cilium: no chart",
      "info: said on the error stream",
      "  failed Release cilium (2 s)",
    ],
  );
});

test("a preview says what would be done", () => {
  const release = step("kubernetes:helm.sh/v3:Release", "cilium", "update");
  assert.deepEqual(written(true, { resourcePreEvent: release }, { resOutputsEvent: release }), [
    "  would update Release cilium",
  ]);
});
