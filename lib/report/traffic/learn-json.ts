import type { Learned } from "../../traffic/learn/learned";
import { learnSummary } from "./learn-yaml";

/** One document with all that was learnt, its evidence and its proof. */
export function learnJson(learned: Learned): string {
  const { policies, authorizations, proof, possible, without, notCovered, leftDenied, blind } = learned;
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
    leftDenied,
    blind,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
