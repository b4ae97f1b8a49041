/**
 * Records the oracle's answers for the tests that run without Go: tests/reachability/cases and a sample of the generator's cases. Run it after adding
 * a case or changing Cilium's version, and format the result:
 * `node --require tsx/cjs tests/oracle/record.ts && npm run format`.
 */
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CASES, digest, readCase, SAMPLE, sampledCases, sampledTiers, TIERS } from "../reachability/recorded";
import { type Case, Oracle } from "./oracle";

async function main(): Promise<void> {
  const oracle = new Oracle();
  for (const file of readdirSync(CASES).filter((name) => name.endsWith(".yaml"))) {
    const answer = await oracle.ask(readCase(file));
    if (answer.error !== undefined) throw new Error(`${file}: ${answer.error}`);
    const refused = (answer.refused ?? []).map(({ kind, namespace, invalid }) => ({
      kind,
      ...(namespace ? { namespace } : {}),
      name: invalid,
    }));
    writeJson(path.join(CASES, file.replace(/\.yaml$/, ".expected.json")), { refused, results: answer.results ?? [] });
  }
  writeLines(SAMPLE, await digests(oracle, sampledCases()));
  writeLines(
    TIERS,
    (await digests(oracle, sampledTiers())).map(([refused, verdicts]) => [refused, verdicts]),
  );
  oracle.close();
}

async function digests(oracle: Oracle, all: readonly Case[]): Promise<ReturnType<typeof digest>[]> {
  const cases = [];
  for (const asked of all) {
    const answer = await oracle.ask(asked);
    if (answer.error !== undefined) throw new Error(`sample: ${answer.error}`);
    const refused = (answer.refused ?? []).map(({ kind, namespace, invalid }) =>
      [kind, namespace ?? "", invalid].join(" "),
    );
    cases.push(digest(refused, answer.results ?? []));
  }
  return cases;
}

function writeLines(file: string, lines: readonly unknown[]): void {
  writeFileSync(file, `[\n${lines.map((line) => JSON.stringify(line)).join(",\n")}\n]\n`);
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

void main();
