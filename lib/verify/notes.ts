import type { DropWatch, LiveFacts, Snapshot } from "../cluster";
import { describeProblem } from "../manifests/problem";
import type { Outside } from "./outside/outside";
import type { Note } from "./report";

export interface NoteInput {
  snapshot: Pick<Snapshot, "missing">;
  facts: Pick<LiveFacts, "problems">;
  blind: DropWatch["blind"];
  request: { mtls: boolean };
  outside?: Outside;
}

/** What limits an answer, or says what it rests on. */
export function notesOf({ snapshot, facts, blind, request, outside }: NoteInput): Note[] {
  return [
    ...(outside === undefined ? [] : [{ text: `Outside the cluster is ${outside.description}.` }]),
    ...(request.mtls ? [] : [{ text: "Mutual TLS was not to be proven." }]),
    ...facts.problems.map((problem) => ({ text: describeProblem(problem) })),
    ...snapshot.missing.map(({ what, why, rule }) => ({ text: `Not read: ${what}: ${why}`, ...(rule && { rule }) })),
    ...blind.map(({ node, why }) => ({ text: `Drops on node ${node} were not watched: ${why}` })),
  ];
}
