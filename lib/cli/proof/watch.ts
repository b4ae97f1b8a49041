import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cluster";
import { changedWords, changesText, type Fingerprint, fingerprint } from "../../report/verify/watch";
import { headline } from "../../report/verify/words";
import type { Proof } from "../../verify/proof";
import type { VerifyReport } from "../../verify/report";
import { isLost } from "../output/lost-output";
import { print, styleOf } from "../output/print";
import { deliver } from "./deliver";
import type { VerifyOptions } from "./options";
import type { StatusLine } from "./status-line";

export interface WatchInput {
  proof: Pick<Proof, "run">;
  cluster: Pick<Cluster, "read">;
  namespaces: readonly string[];
  options: Pick<VerifyOptions, "format" | "output" | "interval">;
  signal: AbortSignal;
  status: StatusLine;
  /** Seconds between looks for changes in the cluster. Default: 2. */
  lookSeconds?: number;
}

/**
 * Verifies again whenever something changes, and prints what became different.
 *
 * @returns The last report, once the output is closed.
 * @throws By the signal, or if the cluster is gone.
 */
export async function watch(input: WatchInput): Promise<VerifyReport> {
  const { proof, cluster, namespaces, options, signal, status, lookSeconds = 2 } = input;
  const look = async (): Promise<Fingerprint> =>
    fingerprint(await cluster.read({ namespaces }, { seconds: 20, signal }));
  let seen = await look();
  let before: VerifyReport | undefined;
  let why: readonly string[] = [];
  for (;;) {
    const after = await proof.run();
    status.clear();
    if (before === undefined || options.output !== undefined || options.format !== "text")
      await deliver(after, options);
    else await print(changesText({ before, after, why, at: new Date() }, styleOf(process.stdout)));
    before = after;
    status.show(`${headline(after)}. Watching; Ctrl-C ends it`);
    const until = Date.now() + options.interval * 1000;
    why = [];
    while (why.length === 0 && Date.now() < until) {
      await sleep(lookSeconds * 1000, undefined, { signal });
      if (isLost(process.stdout)) return after;
      const now = await look();
      why = changedWords(seen, now);
      seen = now;
    }
  }
}
