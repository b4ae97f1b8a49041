import type { Learned } from "../../traffic/learn/learned";
import { jsonText } from "../json";
import { learnSummary } from "./learn-yaml";

/**
 * One document with all that was learnt, its evidence and its proof.
 *
 * @param change What it does to the files, and what of it can be written into none.
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
