// Compares our reader with kubectl's: in each generated text both find the same objects, or ours a problem with a line. Part of tests/oracle/run, which
// builds tests/oracle/kubectl. With `--record FILE` it writes a sample of texts and answers, which `npm test` replays without Go.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { caseText } from "../input/manifests/kubectl/generator";
import { difference, type KubectlAnswer } from "../input/manifests/kubectl/judge";
import { oddTexts } from "../input/manifests/kubectl/odd";

/** The objects that kubectl reads from each text. */
function ask(texts: readonly string[]): KubectlAnswer[] {
  const input = texts.map((text) => JSON.stringify(text)).join("\n");
  const out = execFileSync(path.join(__dirname, "kubectl", "kubectlreads"), {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as KubectlAnswer);
}

export function checkKubectl(
  seed: number,
  runs: number,
): { asked: number; sameObjects: number; differences: string[] } {
  const texts = [...oddTexts, ...fc.sample(caseText, { seed, numRuns: runs })];
  const answers = ask(texts);
  const found = texts.map((text, index) => difference(text, answers[index] ?? { objects: [] }));
  return {
    asked: texts.length,
    sameObjects: found.filter((result) => result === "same objects").length,
    differences: found.flatMap((result, index) =>
      typeof result === "string" ? [] : [`${JSON.stringify(texts[index])}\n${result.difference}`],
    ),
  };
}

if (process.argv[2] === "--record" && process.argv[3] !== undefined) {
  const sample = fc.sample(caseText, { seed: 1, numRuns: 350 }).filter((text) => text.length < 700);
  const texts = [...new Set([...sample, ...oddTexts])];
  const answers = ask(texts);
  writeFileSync(
    process.argv[3],
    texts.map((text, index) => `${JSON.stringify({ text, ...answers[index] })}\n`).join(""),
  );
} else if (require.main === module) {
  const { asked, sameObjects, differences } = checkKubectl(
    Number(process.argv[2] ?? 1),
    Number(process.argv[3] ?? 2000),
  );
  process.stdout.write(
    `${differences.slice(0, 12).join("\n\n")}\n${asked} asked, ${sameObjects} same objects, ${differences.length} differ\n`,
  );
}
