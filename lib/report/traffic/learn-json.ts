import type { Learned } from "../../traffic/learn/learned";
import { jsonText } from "../json";
import { learnSummary } from "./learn-yaml";

/**
 * One document with everything that was learned, its evidence and its proof.
 *
 * @param change The change to the files, and the edits that cannot be written into a file.
 */
export function learnJson(learned: Learned, change: { patch: string; byHand: readonly string[] }): string {
  const { policies, authorizations, proof, possible, without, notCovered, unjudged, leftDenied, blind } = learned;
  const document = {
    summary: learnSummary(learned),
    policies: policies.map(({ manifest, changes, evidence }) => ({
      manifest,
      changed: changes !== undefined,
      evidence,
    })),
    authorizations,
    proof,
    possible,
    without,
    notCovered,
    unjudged,
    leftDenied,
    blind,
    patch: change.patch,
    byHand: change.byHand,
  };
  return `${jsonText(document)}\n`;
}
