import { type AccessRule, type DropWatch, type LiveFacts, type Snapshot, UNREAD } from "../cluster";
import { formatProblem, type Problem } from "../common/problem";
import type { Outside } from "./outside/outside";
import type { Note } from "./report";

export interface NoteInput {
  snapshot: Pick<Snapshot, "missing">;
  facts: Pick<LiveFacts, "problems">;
  blind: DropWatch["blind"];
  request: { mtls: boolean; controller: boolean };
  outside?: Outside | undefined;
}

/** Notes on what limits the result, or what it is based on. */
export function notesOf({ snapshot: { missing }, facts, blind, request, outside }: NoteInput): Note[] {
  const isOfItsOwn = ({ code }: Problem) => code !== UNREAD;
  return [
    ...(outside === undefined ? [] : [{ text: `Outside the cluster is ${outside.description}.` }]),
    ...(request.mtls ? [] : [{ text: "Mutual TLS was left out of the proof." }]),
    ...(request.controller ? [] : [{ text: "Linkerd's policy controller was not asked what it tells the proxies." }]),
    ...facts.problems.filter(isOfItsOwn).map((problem) => ({ text: formatProblem(problem) })),
    ...missingNotes(missing),
    ...blind.map(({ node, why }) => ({ text: `Drops on node ${node} were not watched: ${why}` })),
  ];
}

/** One note on everything that the user may not read, with the missing permissions, and one for each thing that was not read for another reason. */
function missingNotes(missing: Snapshot["missing"]): Note[] {
  const forbidden = missing.filter(({ rule }) => rule !== undefined);
  const others = missing.filter(({ rule }) => rule === undefined);
  const names = forbidden.map(({ what }) => what).join(", ");
  return [
    ...(forbidden.length === 0
      ? []
      : [
          {
            text: `Not taken into account, because you may not read it: ${names}.`,
            rules: merged(forbidden.flatMap(({ rule }) => rule ?? [])),
          },
        ]),
    ...others.map(({ what, why }) => ({ text: `Not read: ${what}: ${why}` })),
  ];
}

/** Merges rules that differ only in their resources or names. */
function merged(rules: readonly AccessRule[]): AccessRule[] {
  const found = new Map<string, AccessRule>();
  for (const rule of rules) {
    const { apiGroups, verbs, namespace, resources, resourceNames } = rule;
    const named = resourceNames === undefined ? "" : resources.join();
    const key = JSON.stringify([apiGroups, verbs, namespace, named]);
    const { resources: known = [], resourceNames: names = [] } = found.get(key) ?? {};
    found.set(key, {
      ...rule,
      resources: [...new Set([...known, ...resources])],
      ...(resourceNames !== undefined && { resourceNames: [...new Set([...names, ...resourceNames])] }),
    });
  }
  return [...found.values()];
}
