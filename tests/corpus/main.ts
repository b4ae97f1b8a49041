// Asks our evaluators the questions of recorded corpora and prints where they answer otherwise than the real thing did:
// `npm run corpus -- FILE…`, plain or gzipped lines of JSON.
import { linesOf } from "./lines";
import { type Comparison, compareScenario, isLinkerdScenario } from "./linkerd";

function main(files: readonly string[]): number {
  if (files.length === 0) {
    process.stderr.write("usage: npm run corpus -- FILE…\n");
    return 2;
  }
  const comparison: Comparison = { questions: 0, scenarios: 0, differences: [], unknown: [] };
  for (const file of files) {
    for (const line of linesOf(file)) {
      const parsed = JSON.parse(line) as object;
      if (!isLinkerdScenario(parsed)) throw new Error(`${file}: a line is of no known format`);
      compareScenario(parsed, comparison);
    }
  }
  const { questions, scenarios, differences, unknown } = comparison;
  for (const line of [...differences, ...unknown]) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${questions} questions in ${scenarios} scenarios: ${differences.length} differ, ${unknown.length} unknown though Linkerd is definite\n`,
  );
  return differences.length + unknown.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
