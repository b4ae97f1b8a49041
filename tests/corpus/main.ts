// Asks our evaluators the questions of recorded corpora, and prints where their answers differ from the recorded ones:
// `npm run corpus -- FILE…`, plain or gzipped lines of JSON.
import { admissionDifferences, isAdmissionCase } from "./admission";
import { linesOf } from "./lines";
import { type Comparison, compareScenario, isLinkerdScenario } from "./linkerd";

function main(files: readonly string[]): number {
  if (files.length === 0) {
    process.stderr.write("usage: npm run corpus -- FILE…\n");
    return 2;
  }
  const comparison: Comparison = { questions: 0, scenarios: 0, differences: [], unknown: [] };
  const admission = { objects: 0, differ: 0 };
  for (const file of files) {
    for (const line of linesOf(file)) {
      const parsed = JSON.parse(line) as object;
      if (isLinkerdScenario(parsed)) compareScenario(parsed, comparison);
      else if (isAdmissionCase(parsed)) {
        const differences = admissionDifferences(parsed);
        for (const text of differences) process.stdout.write(`${parsed.id}: ${text}\n`);
        admission.objects++;
        if (differences.length > 0) admission.differ++;
      } else throw new Error(`${file}: a line is of no known format`);
    }
  }
  const { questions, scenarios, differences, unknown } = comparison;
  for (const line of [...differences, ...unknown]) process.stdout.write(`${line}\n`);
  if (admission.objects > 0) process.stdout.write(`${admission.objects} objects: ${admission.differ} differ\n`);
  if (scenarios > 0)
    process.stdout.write(
      `${questions} questions in ${scenarios} scenarios: ${differences.length} differ, ${unknown.length} unknown though Linkerd is definite\n`,
    );
  if (scenarios + admission.objects === 0) process.stdout.write("0 lines: nothing was asked\n");
  return differences.length + unknown.length + admission.differ === 0 && scenarios + admission.objects > 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
