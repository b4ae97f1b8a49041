import { readFileSync } from "node:fs";
import path from "node:path";
import type { ExecAnswer, Snapshot } from "../../lib/cluster";

/** One recorded probe: the request and the answer. */
export interface RecordedProbe {
  title: string;
  answer: ExecAnswer;
}

/** Reads a file of recordings: one block per probe, with curl's output and the exec's exit code. */
export function recordedProbes(file: string): RecordedProbe[] {
  const text = readFileSync(path.join(__dirname, "recordings", file), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((block) => {
      const [title = "", ...lines] = block.split("\n");
      const exec = /^exec exit (\d+)/.exec(lines.find((line) => line.startsWith("exec exit")) ?? "");
      const isError = (line: string) => /^(curl: |command terminated)/.test(line);
      const stdout = lines.filter((line) => !isError(line) && !line.startsWith("exec exit"));
      const stderr = lines.filter(isError);
      const exitCode = Number(exec?.[1] ?? /exit code (\d+)/.exec(stderr.join("\n"))?.[1] ?? 0);
      return { title, answer: { stdout: stdout.join("\n"), stderr: stderr.join("\n"), exitCode, truncated: false } };
    });
}

export function recordedText(file: string): string {
  return readFileSync(path.join(__dirname, "recordings", file), "utf8");
}

/** A recorded cluster with its policy controller's answers, by workload and port: `shop/cart 9898`. */
export interface RecordedController extends Pick<Snapshot, "namespaces" | "pods"> {
  authorization: NonNullable<Snapshot["authorization"]>;
  /** In the form of `linkerd diagnostics policy -o json`. */
  answers: Readonly<Record<string, { readonly [member: string]: unknown }>>;
}

/** A copy that a test may change. */
export const recordedController = (): RecordedController => JSON.parse(recordedText("policy-controller.json"));
