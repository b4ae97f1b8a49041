import { ClusterError, fromKubeconfig } from "../../cluster";
import { signalStatus, signals } from "../../common/interrupt";
import { UserError } from "../../common/user-error";
import { Proof } from "../../verify/proof";
import { holds } from "../../verify/report";
import { Exit } from "../output/exit";

import { print, say, styleOf } from "../output/print";
import { deliver } from "../proof/deliver";
import type { VerifyOptions } from "../proof/options";
import { contextOf, probesOutside, requestOf } from "../proof/request";
import { StatusLine } from "../proof/status-line";

/** Runs `meshfence verify` and returns its exit status. */
export async function runVerify(options: VerifyOptions): Promise<number> {
  const controller = new AbortController();
  const { signal } = controller;
  let interrupted = 0;
  const stop = (by: NodeJS.Signals) => {
    // A second signal skips the clean-up.
    if (signal.aborted) process.exit(interrupted);
    interrupted = signalStatus[by as keyof typeof signalStatus];
    controller.abort(new ClusterError("interrupted", "interrupted"));
  };
  for (const one of signals) process.on(one, stop);
  const status = new StatusLine(process.stderr);
  try {
    const exit = await verify(options, signal, status);
    return signal.aborted ? interrupted : exit;
  } catch (error) {
    status.clear();
    if (signal.aborted) {
      say("Interrupted.");
      return interrupted;
    }
    if (!(error instanceof ClusterError || error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    return Exit.BadInput;
  } finally {
    status.clear();
    for (const one of signals) process.off(one, stop);
  }
}

async function verify(options: VerifyOptions, signal: AbortSignal, status: StatusLine): Promise<number> {
  if (options.watch === true && options.format === "html" && options.output === undefined)
    throw new UserError("--watch --format html rewrites the page on each run: name its file with --output");
  const request = requestOf(options, signal, (line) => status.show(line));
  const cluster = await fromKubeconfig({ kubeconfig: options.kubeconfig, context: await contextOf(options) });
  if (options.dryRun === true) {
    const { dryRunText } = await import("../../report/verify/dry-run.js");
    await print(
      await dryRunText(cluster, { ...request, probesOutside: probesOutside(options) }, styleOf(process.stdout)),
    );
    return Exit.Fine;
  }
  const proof = await Proof.open(cluster, request);
  try {
    if (options.watch === true) {
      const { watch } = await import("../proof/watch.js");
      return holds(await watch({ proof, cluster, options, status, ...request })) ? Exit.Fine : Exit.Found;
    }
    const report = await proof.run();
    status.clear();
    await deliver(report, options);
    return holds(report) ? Exit.Fine : Exit.Found;
  } finally {
    status.show("Removing what was created for the proof");
    const left = await proof.close();
    status.clear();
    for (const line of left) say(`warning: not removed: ${line}`);
  }
}
