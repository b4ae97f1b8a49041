import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { diffFormats } from "../../lib/cli/commands/diff";
import { explainFormats } from "../../lib/cli/commands/explain";
import { lintFormats } from "../../lib/cli/commands/lint";
import { reachFormats } from "../../lib/cli/commands/reach";
import { meshfenceShared } from "../support/meshfence";
import { jsonLines, judges, terminal } from "./judges";
import { hostileState } from "./state";

const folder = mkdtempSync(path.join(tmpdir(), "meshfence-hostile-"));
after(() => rmSync(folder, { recursive: true }));

/** A file name that the file system allows. */
const fileName = (piece: string) => piece.replace(/[/\0]/g, "_").slice(0, 80);

/** Runs the commands that read manifests in every format on a state in which every name is this text, and fails unless it stays inert. */
export async function assertCommandsInert(
  piece: string,
  isIncluded: (command: string, format: string) => boolean = () => true,
): Promise<void> {
  const root = mkdtempSync(path.join(folder, "case-"));
  for (const side of ["before", "after"]) {
    const inside = path.join(root, side, `d${fileName(piece)}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(
      path.join(inside, `f${fileName(piece)}.json`),
      JSON.stringify(hostileState(piece, side === "before")),
    );
  }
  const gates = ["--fail-on", "opened", "--fail-on", `opened:${piece || "shop"}`];
  const all: [string, readonly string[], string[]][] = [
    ["reach", reachFormats, ["reach", "after"]],
    ["diff", diffFormats, ["diff", "before", "after", ...gates]],
    ["lint", lintFormats, ["lint", "after"]],
    ["explain", explainFormats, ["explain", "shop/db", "shop/web", "80", "after"]],
    ["explain", explainFormats, ["explain", piece, `shop/${piece}-2`, "80", "after"]],
  ];
  const failures: string[] = [];
  for (const [command, formats, args] of all) {
    for (const format of formats) {
      if (!isIncluded(command, format)) continue;
      const result = await meshfenceShared([...args, "--format", format], { cwd: root });
      const check = async (what: string, judge: (output: string) => unknown, output: string) => {
        try {
          await judge(output);
        } catch (error) {
          failures.push(`${command} --format ${format}, ${what}: ${(error as Error).message}`);
        }
      };
      if ((result.stdout === "" && command !== "explain") || result.stderr.includes("\n    at "))
        failures.push(`${command} --format ${format} gave no answer: ${result.stderr}`);
      if (result.status !== 0 && result.status !== 1 && result.status !== 2)
        failures.push(`${command} ${format}: ${result.status}\n${result.stderr}`);
      await check("errors", format === "jsonl" ? jsonLines : terminal, result.stderr);
      if (result.stdout !== "") await check("output", judges[format] ?? assert.fail, result.stdout);
    }
  }
  assert.equal(failures.join("\n"), "");
}
