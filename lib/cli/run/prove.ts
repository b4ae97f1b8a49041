import { defaultVerifyOptions } from "../proof/options";
import type { Exports } from "../sandbox/stack";
import { runVerify } from "./verify";

/**
 * Verifies what was just brought up, if it is a sandbox. A failure fails the command, but removes nothing.
 *
 * @param exports The outputs of the stack; a sandbox exports its context and namespace.
 * @returns The exit status.
 */
export async function prove({ context, namespace }: Exports, say: (...lines: string[]) => void): Promise<number> {
  if (typeof context !== "string" || typeof namespace !== "string") {
    say("", "Not verified: the stack exports no `context` and `namespace` that say where to look.");
    return 0;
  }
  say("");
  const status = await runVerify({ ...defaultVerifyOptions, context, namespace: [namespace] });
  if (status === 0) return 0;
  say("", "The sandbox is up, but it was not proven to behave as predicted; see above.");
  return 1;
}
