import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { recordings } from "./lines";
import { replay } from "./replayed";

export interface Standing {
  workload: string;
  steps: { half: string; stage: string; idle?: boolean }[];
  next?: { what: string; command?: string };
}

/** Applies `kubectl … patch KIND NAME --type merge --patch JSON` to the objects in a file. */
function patched(file: string, command: string): void {
  const [, namespace, kind = "", name, json = ""] =
    /^kubectl --namespace (\S+) patch (\S+) (\S+) --type merge --patch '(.*)'$/.exec(command) ?? [];
  const kinds = { ciliumnetworkpolicy: "CiliumNetworkPolicy", "servers.policy.linkerd.io": "Server" };
  const { spec }: { spec: Record<string, unknown> } = JSON.parse(json);
  let count = 0;
  const documents = parseAllDocuments(readFileSync(file, "utf8")).map((document) => {
    const { kind: own, metadata } = document.toJS() ?? {};
    if (
      own === undefined ||
      own !== kinds[kind as keyof typeof kinds] ||
      metadata.name !== name ||
      metadata.namespace !== namespace
    )
      return String(document);
    count++;
    for (const [key, value] of Object.entries(spec))
      for (const [path, leaf] of typeof value === "object" && value !== null
        ? Object.entries(value).map(([inner, one]) => [[key, inner], one] as const)
        : [[[key], value] as const])
        document.setIn(["spec", ...path], leaf);
    return String(document);
  });
  assert.equal(count, 1, command);
  writeFileSync(file, documents.join("---\n"));
}

/** Runs each next command of a rollout over recorded traffic to the end: everything that was seen is enforced, and nothing of it is denied. */
export async function runToTheEnd(mode: "transparent" | "transport-header"): Promise<void> {
  const cwd = temporaryDirectory();
  copyFileSync(path.join(recordings, "workloads.yaml"), path.join(cwd, "workloads.yaml"));
  const traffic = ["phase-0.flows.jsonl.gz", "metrics"].flatMap((name) => [
    "--traffic",
    path.join(recordings, mode, name),
  ]);
  const learned = path.join(cwd, "learned.yaml");
  const done = new Set<string>();
  let standings: Standing[] = [];
  for (let round = 0; ; round++) {
    assert.ok(round < 12, `it does not end: ${JSON.stringify(standings.map(({ next }) => next))}`);
    const args = ["rollout", ".", ...traffic, "--days", "0.001", "--format", "json"];
    const { stdout, stderr } = await meshfenceShared(args, { cwd });
    standings = JSON.parse(stdout).workloads;
    assert.ok(standings.length > 5, stderr);
    const commands = standings.flatMap(({ next }) => next?.command ?? []);
    if (commands.length === 0) break;
    for (const command of commands) {
      assert.ok(!done.has(command), `it leads in a circle: ${command}`);
      done.add(command);
      if (!command.startsWith("meshfence ")) patched(learned, command);
      else {
        const said = await meshfenceShared([...command.split(" ").slice(1), "--apply"], { cwd });
        assert.equal(said.status, 0, said.stderr);
      }
    }
  }
  assert.ok(existsSync(learned));
  for (const { workload, steps, next } of standings) {
    for (const { half, stage, idle } of steps)
      assert.ok(stage === "enforced" || half === "linkerd" || idle === true, `${workload} ${half} ${stage}`);
    assert.equal(
      next !== undefined,
      steps.some(({ idle }) => idle === true),
      `${workload}: ${next?.what}`,
    );
    if (next !== undefined) assert.match(next.what, /if (nobody|it) should/);
  }
  const { denied } = await replay(cwd, ...traffic);
  assert.deepEqual(denied, []);
}
