import { type Command, InvalidArgumentError } from "commander";
import { printable } from "../../common/printable";

/** The options of a command that has gates. */
export interface GateOptions {
  failOn: Gate[];
  allowUnseen?: boolean;
}

/** Adds the options of {@link GateOptions}. */
export function withGateOptions(command: Command): Command {
  return command
    .option(
      "--fail-on <what>",
      "exit with 1 on opened, closed, changed, plaintext, refused or (with --traffic) would-deny; opened:<peer> and so on for the edges of an endpoint, a namespace or world; may be repeated",
      parseGate,
      [],
    )
    .option(
      "--allow-unseen",
      "let --fail-on pass even if the input contains objects that are not seen, edges are unclear, or part of the state before could not be read",
    );
}

/**
 * What `--fail-on` looks for: `opened`, `closed`, `changed`, `plaintext` (of all edges or those of one peer), `refused`, or `would-deny` (of recorded
 * traffic). `plaintext`: an edge becomes reachable without mTLS, because it opens so or because it loses its own.
 */
export interface Gate {
  what: "opened" | "closed" | "changed" | "plaintext" | "refused" | "would-deny";
  /** An endpoint, a namespace, or `world`: any peer outside the cluster. Absent: everything. */
  peer?: string;
}

const kinds = ["opened", "closed", "changed", "plaintext", "refused", "would-deny"] as const;
/** Gates that look at something other than edges. */
const withoutPeer: readonly string[] = ["refused", "would-deny"];

/** @throws InvalidArgumentError for an unknown gate: one that never fails would be worse than none. */
export function parseGate(text: string, earlier: readonly Gate[] = []): Gate[] {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const peer = colon < 0 ? undefined : text.slice(colon + 1);
  const what = kinds.find((kind) => kind === name);
  if (what === undefined)
    throw new InvalidArgumentError(`Expected one of ${kinds.join(", ")}, optionally with ":<peer>".`);
  if (peer === "" || (withoutPeer.includes(what) && peer !== undefined)) {
    throw new InvalidArgumentError(
      withoutPeer.includes(what)
        ? `"${what}" takes no peer.`
        : "After the colon comes an endpoint, a namespace or world.",
    );
  }
  return [...earlier, { what, ...(peer !== undefined && { peer }) }];
}

/** A gate, as on the command line. */
export const describeGate = ({ what, peer }: Gate): string =>
  peer === undefined ? what : `${what}:${printable(peer)}`;
