import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type ts from "typescript";
import { parseAllDocuments } from "yaml";
import { learnFormats } from "../../lib/cli/commands/learn";
import { replayFormats } from "../../lib/cli/commands/replay";
import { rolloutFormats } from "../../lib/cli/commands/rollout";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { line, pod, world } from "../traffic/lines";
import { type Judge, jsonLines, judges, terminal } from "./judges";
import { hostileState } from "./state";

/** Flows and proxy counters in which every text that others choose is this one. */
export function hostileTraffic(h: string): { flows: string; metrics: string } {
  const web = pod("shop", "web", "10.0.0.1");
  const db = pod("shop", "db", "10.0.0.2");
  const odd = pod(h, h, "10.0.0.3", { pod: h, kind: h, labels: [`k8s:${h}=${h}`, h, `k8s:app=${h}`] });
  const more = {
    Summary: h,
    node_name: h,
    drop_reason_desc: h,
    source_names: [h],
    destination_names: [h, `${h}.test`],
    l7: { dns: { query: h, rrtypes: [h] }, http: { method: h, url: h } },
    egress_denied_by: [{ name: h, namespace: h }],
  };
  const flows = [
    line({ from: web, to: db, port: 80 }),
    line({ from: odd, to: db, port: 80, more }),
    line({ from: web, to: odd, port: 81, more }),
    line({ from: web, to: world("93.184.216.34"), port: 443, more }),
    line({ from: odd, to: odd, port: 82, verdict: "DROPPED", reason: h, event: 1, more }),
    line({ from: { ip: h }, to: { ip: h, reserved: [h] }, port: 83, more }),
  ];
  const label = JSON.stringify(h);
  const counted = `inbound_http_authz_allow_total{target_ip="10.0.0.2",target_port="80",srv_kind=${label},srv_name=${label},authz_name=${label},tls="true",client_id=${label}} 1\n`;
  return { flows: `${flows.join("\n")}\n`, metrics: counted };
}

/** Accepts manifests in which every document is a policy, and no name breaks out of a comment. */
const manifests: Judge = (output) => {
  terminal(output);
  for (const document of parseAllDocuments(output)) {
    assert.deepEqual(document.errors, []);
    const value = document.toJS() as { kind?: string } | null;
    if (value !== null)
      assert.match(
        String(value.kind),
        /^(Cilium(Clusterwide)?NetworkPolicy|Server|HTTPRoute|AuthorizationPolicy|MeshTLSAuthentication|NetworkAuthentication)$/,
      );
  }
};

/** Accepts a unified diff without any other lines. */
const patch: Judge = (output) => {
  terminal(output);
  for (const one of output.split("\n").slice(0, -1))
    assert.match(one, /^([ +-]|@@ |\\ No newline)/, "a line that is not part of a patch");
};

/** Accepts a program that consists only of what meshfence generates: imports, constants, components, strings and numbers. */
const program: Judge = (output) => {
  // Loading it takes longer than most tests, and only this format needs it.
  const ts = require("typescript") as typeof import("typescript");
  terminal(output);
  const source = ts.createSourceFile("learned.ts", output, ts.ScriptTarget.Latest, true) as ts.SourceFile & {
    parseDiagnostics: readonly ts.Diagnostic[];
  };
  assert.deepEqual(
    source.parseDiagnostics.map(({ messageText }) => messageText),
    [],
  );
  for (const statement of source.statements)
    assert.ok(
      ts.isImportDeclaration(statement) ||
        ts.isVariableStatement(statement) ||
        (ts.isExpressionStatement(statement) && ts.isNewExpression(statement.expression)),
      `a statement that a name wrote: ${statement.getText().slice(0, 200)}`,
    );
  const walk = (node: ts.Node): void => {
    assert.ok(
      !ts.isTemplateExpression(node) && !ts.isFunctionLike(node) && !ts.isTaggedTemplateExpression(node),
      `code that a name wrote: ${node.getText().slice(0, 200)}`,
    );
    if (ts.isCallExpression(node))
      assert.match(
        node.expression.getText(),
        /^([A-Z]\w*\.\w+|config\.(getSecret|require)|authorizations\.entries)$/,
        "a call that a name wrote",
      );
    ts.forEachChild(node, walk);
  };
  walk(source);
};

const forms: Readonly<Record<string, Judge>> = { ...judges, yaml: manifests, patch, typescript: program };

/** Runs the commands that read traffic in every format, with a gate for `diff` and `replay`, on names that are this text. */
export async function assertTrafficInert(h: string, isIncluded: (what: string) => boolean = () => true): Promise<void> {
  const root = temporaryDirectory();
  mkdirSync(path.join(root, "traffic"));
  const { flows, metrics } = hostileTraffic(h);
  writeFileSync(path.join(root, "traffic", "flows.jsonl"), flows);
  writeFileSync(path.join(root, "traffic", "shop_db-7d9f8c6b5d-x2x4z.txt"), metrics);
  writeFileSync(path.join(root, "state.json"), JSON.stringify(hostileState(h)));
  const traffic = ["--traffic", "traffic"];
  const all: [string, readonly string[], string[]][] = [
    ["replay", replayFormats, ["state.json", ...traffic, "--fail-on", "would-deny"]],
    ["learn", learnFormats, ["state.json", ...traffic]],
    ["learn", learnFormats, [...traffic]],
    ["rollout", rolloutFormats, ["state.json", ...traffic]],
    ["diff", ["text", "markdown", "html"], ["state.json", "state.json", ...traffic, "--fail-on", "would-deny"]],
  ];
  const failures: string[] = [];
  for (const [command, formats, args] of all)
    for (const format of formats) {
      const what = `${[command, ...args.slice(0, 1)].join(" ")} as ${format}`;
      if (!isIncluded(what)) continue;
      const { status, stdout, stderr } = await meshfenceShared([command, ...args, "--format", format], { cwd: root });
      if (![0, 1, 2].includes(status ?? -1) || stderr.includes("\n    at "))
        failures.push(`${what}: ${status} ${stderr}`);
      for (const [judge, output] of [
        [format === "jsonl" ? jsonLines : terminal, stderr],
        [forms[format] ?? assert.fail, stdout],
      ] as const) {
        try {
          if (output !== "") await judge(output);
        } catch (error) {
          failures.push(`${what}: ${(error as Error).message}`);
        }
      }
      if (stdout === "" && format !== "patch") failures.push(`${what} gave no answer: ${stderr}`);
    }
  assert.equal(failures.join("\n"), "");
}
