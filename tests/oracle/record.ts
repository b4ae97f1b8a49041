/**
 * Asks the oracle again for everything that the tests without Go expect of the engine: tests/reachability/cases and a sample of the generator's
 * cases. Run it after a case was added or Cilium's version changed, and format what it wrote:
 * `node --require tsx/cjs tests/oracle/record.ts && npm run format`.
 */
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CASES, digest, readCase, SAMPLE, sampledCases } from "../reachability/recorded";
import { Oracle } from "./oracle";

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
  const cases = [];
  for (const asked of sampledCases()) {
    const answer = await oracle.ask(asked);
    if (answer.error !== undefined) throw new Error(`sample: ${answer.error}`);
    const refused = (answer.refused ?? []).map(({ kind, namespace, invalid }) =>
      [kind, namespace ?? "", invalid].join(" "),
    );
    cases.push(digest(refused, answer.results ?? []));
  }
  writeFileSync(SAMPLE, `[\n${cases.map((line) => JSON.stringify(line)).join(",\n")}\n]\n`);
  oracle.close();
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

void main();
