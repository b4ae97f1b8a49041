import { isWorld } from "../../cilium/policy/identity";
import { printable } from "../../common/printable";
import type { Problem } from "../../common/problem";
import { describeUnseen, type Unseen, unseenCount } from "../../common/unseen";
import { type Change, countEdges, mayBe } from "../../reachability/diff";
import { travelsOtherwise } from "../../reachability/outcome";
import { stateOf, type Verdict } from "../../reachability/verdict";
import { plural, portWords, someOf } from "../../reachability/words";
import type { DiffReport } from "../../report/diff/diff-rows";
import type { EndpointFacts } from "../../scenario/scenario";
import { openQuestions, type Replay, wouldDeny } from "../../traffic/replay/report";
import type { Gate, GateOptions } from "../options/gates";
import { describeGate } from "../options/gates";

/** Gates whose peer matches nothing: with a misspelt name, everything would pass. */
export function idleGates(gates: readonly Gate[], endpoints: readonly EndpointFacts[]): Gate[] {
  return gates.filter(
    ({ peer }) => peer !== undefined && peer !== "world" && !endpoints.some((endpoint) => is(endpoint, peer)),
  );
}

/** The gates that fail on the difference. */
export function failedGates(gates: readonly Gate[], report: DiffReport): Gate[] {
  const { refused, traffic } = report;
  return gates.filter((gate) => {
    if (gate.what === "refused") return refused.length > 0;
    if (gate.what === "would-deny") return traffic !== undefined && wouldDeny(traffic).length > 0;
    return changesAt(gate, report).length > 0;
  });
}

/** The changes that a gate looks for, each reduced to the sources that concern the gate's peer. */
export function changesAt({ what, peer }: Gate, report: DiffReport): Change[] {
  const { diff } = report;
  if (what === "refused" || what === "would-deny") return [];
  const changes =
    what === "plaintext" ? [...diff.opened.filter(isPlain), ...diff.changed.filter(becomesPlain)] : diff[what];
  return ofPeer(changes, peer, report);
}

/** The unclear changes that may be what a gate looks for. */
export function unclearAt({ what, peer }: Gate, report: DiffReport): Change[] {
  const { unclear } = report.diff;
  if (what === "refused" || what === "would-deny") return [];
  const maybe = {
    opened: () => mayBe("open", unclear),
    closed: () => mayBe("close", unclear),
    changed: () => unclear.filter(({ before, after }) => travelsOtherwise(before, after)),
    plaintext: () => unclear.filter(mayBecomePlain),
  }[what]();
  return ofPeer(maybe, peer, report);
}

/** The changes that have a peer at either end; if the peer is not the server, reduced to the sources that it names. */
function ofPeer(changes: readonly Change[], peer: string | undefined, { endpoints }: DiffReport): Change[] {
  if (peer === undefined) return [...changes];
  const named = new Set(endpoints.filter((endpoint) => is(endpoint, peer)).map(({ id }) => id));
  return changes.flatMap((change) => {
    const from = named.has(change.to) ? change.from : change.from.filter((id) => named.has(id));
    return from.length === 0 ? [] : [{ ...change, from }];
  });
}

/** Whether an edge is without mTLS after it opened, even if only for some more requests. */
const isPlain = ({ after }: Change): boolean => after !== undefined && after.wire?.mtls !== true;

/** Whether more passes without mTLS than before. */
function becomesPlain({ before, after }: Change): boolean {
  return plainness(after) > plainness(before);
}

/** Whether an unclear edge may open without mTLS, or lose it. */
const mayBecomePlain = (change: Change): boolean =>
  becomesPlain(change) || (change.may === "either" && plainness(change.after) > 0);

const plainness = (verdict: Verdict | undefined): number =>
  verdict === undefined || verdict.wire?.mtls === true ? 0 : { denied: 0, unknown: 1, allowed: 2 }[stateOf(verdict)];

/**
 * Why gates fail although they found nothing: what is not seen may be what they look for. Empty without gates, if everything was seen, or if the
 * user allows it.
 */
export function stopsAtUnseen({ failOn, allowUnseen = false }: GateOptions, unseen: readonly Unseen[]): string[] {
  const count = unseenCount(unseen);
  if (failOn.length === 0 || allowUnseen || count === undefined) return [];
  const shown = unseen.slice(0, 5).map((one) => `  ${printable(describeUnseen(one))}`);
  const more = unseen.length > shown.length ? [`  … and ${unseen.length - shown.length} more`] : [];
  return [`--fail-on: ${count}, so finding nothing proves little; --allow-unseen ignores this`, ...shown, ...more];
}

/** Why gates fail although they found nothing: unclear edges may be what they look for. */
export function stopsAtUnclear({ failOn, allowUnseen = false }: GateOptions, report: DiffReport): string[] {
  if (allowUnseen) return [];
  return failOn.flatMap((gate) => {
    const unclear = unclearAt(gate, report);
    if (unclear.length === 0) return [];
    const shown = unclear.slice(0, 5).map((change) => `  ${printable(unclearWords(change))}`);
    const more = unclear.length > shown.length ? [`  … and ${unclear.length - shown.length} more`] : [];
    const edges = plural(countEdges(unclear), "edge is", "edges are");
    return [
      `--fail-on ${describeGate(gate)}: ${edges} unclear, so finding nothing proves little; --allow-unseen ignores this`,
      ...shown,
      ...more,
    ];
  });
}

/** Why the traffic gate fails although nothing would be denied: some traffic could not be decided. */
export function stopsAtUndecided({ failOn, allowUnseen = false }: GateOptions, replay: Replay | undefined): string[] {
  const questions = replay === undefined ? [] : openQuestions(replay);
  if (allowUnseen || questions.length === 0 || !failOn.some(({ what }) => what === "would-deny")) return [];
  return [
    `--fail-on would-deny: ${questions.join(", and ")}, so finding nothing proves little; --allow-unseen ignores this`,
  ];
}

function unclearWords({ from, to, before, after, ...port }: Change): string {
  const [was, is] = [before, after].map((verdict) => (verdict === undefined ? "absent" : stateOf(verdict)));
  const missing = [...new Set([...(before?.unknown ?? []), ...(after?.unknown ?? [])])];
  const words = missing.length === 0 ? "" : `, depending on ${missing.join(", ")}`;
  return `${someOf(from, 3)} → ${to} ${portWords(port)}: ${was} → ${is}${words}`;
}

/**
 * Whether part of the state before could not be read, so that the difference may be wrong. What a cluster refuses was never in force, and does not
 * count. With `--allow-unseen`, a change that repairs part of a file passes; one that lacks a whole file or folder does not.
 */
export function lostBefore(
  problems: readonly Problem[],
  { allowUnseen = false }: Pick<GateOptions, "allowUnseen">,
): { stops: boolean; lines: string[] } {
  const lost = problems.filter(({ leftOut }) => leftOut === undefined);
  const lostFiles = lost.filter(({ line, code }) => line === undefined || code === "no-manifest");
  const stops = allowUnseen ? lostFiles.length > 0 : lost.length > 0;
  const isMended = stops && lostFiles.length === 0;
  return {
    stops,
    lines: isMended
      ? ["the state before was not read whole, so the difference may be wrong; --allow-unseen ignores this"]
      : [],
  };
}

function is(endpoint: EndpointFacts, peer: string): boolean {
  if (endpoint.id === peer || endpoint.namespace === peer) return true;
  return peer === "world" && isWorld(endpoint);
}
