import { Document, isMap, isSeq, type Node } from "yaml";
import { plural } from "../../reachability/words";
import type { Evidence } from "../../traffic/learn/evidence";
import type { Learned, LearnedPolicy } from "../../traffic/learn/learned";
import { visible } from "./visible";

/** So much evidence stands beside a rule; JSON has all. */
const most = 5;

/** The policies as manifests to apply, with the evidence beside each rule and the proof on top. */
export function learnYaml(learned: Learned): string {
  const documents = [
    ...learned.policies.map(policyDocument),
    ...learned.authorizations.flatMap(({ objects, seen }) =>
      objects.map((object, index) => objectDocument(object, index === 0 ? seen : [])),
    ),
  ];
  const head = learnSummary(learned).map((line) => `# ${line}`.trimEnd());
  return `${[head.join("\n"), ...documents].join("\n---\n")}`;
}

/** The proof, and what it does not cover, in sentences. */
export function learnSummary({
  proof,
  policies,
  authorizations,
  without,
  notCovered,
  leftDenied,
  possible,
}: Learned): string[] {
  const changed = policies.filter(({ changes }) => changes !== undefined).length;
  const objects = authorizations.reduce((sum, one) => sum + one.objects.length, 0);
  const proven =
    proof.allowed === proof.edges
      ? `All ${plural(proof.edges, "edge")} that passed are allowed with these policies.`
      : `${proof.allowed.toLocaleString("en-US")} of ${plural(proof.edges, "edge")} that passed are allowed with these policies. Not:`;
  const lines = [
    `${plural(policies.length - changed, "new policy", "new policies")}, ${plural(changed, "changed policy", "changed policies")}, ${plural(objects, "object")} of Linkerd`,
    proven,
    ...proof.denied.map(
      ({ from, to, protocol, port, by }) => `  ${from} -> ${to} ${protocol} ${port}: ${by.join(", ")}`,
    ),
    possible.length === 0
      ? "Nothing else became possible that was not seen."
      : `Possible too, and never seen: ${plural(possible.length, "edge")}`,
    ...possible.slice(0, 20).map(({ from, to, protocol, port }) => `  ${from} -> ${to} ${protocol} ${port}`),
    ...(possible.length > 20 ? [`  … and ${possible.length - 20} more`] : []),
    ...(leftDenied > 0
      ? [`${plural(leftDenied, "edge")} that did not pass when they were recorded are not admitted.`]
      : []),
    ...notCovered.map(({ edge, why }) => `No policy for ${edge}: ${why}`),
    ...without.map(({ id, why }) => `${id}: ${why}`),
  ];
  return lines.map(visible);
}

function policyDocument({ manifest, changes, evidence }: LearnedPolicy): string {
  const document = new Document(manifest);
  if (changes !== undefined) document.commentBefore = " Changes the policy of this name: rules with comments are new.";
  for (const { direction, rule, seen, need } of evidence) {
    const item = document.getIn(["spec", direction, rule], true);
    if (isMap(item)) comment(item, [...(need === undefined ? [] : [need]), ...evidenceLines(seen)]);
  }
  return document.toString({ lineWidth: 0 });
}

function objectDocument(object: object, seen: readonly Evidence[]): string {
  const document = new Document(object);
  if (seen.length > 0)
    document.commentBefore = evidenceLines(seen)
      .map((line) => ` ${line}`)
      .join("\n");
  return document.toString({ lineWidth: 0 });
}

export function evidenceLines(seen: readonly Evidence[]): string[] {
  const shown = seen.slice(0, most).map(({ edge, flows, requests, first, last }) => {
    const counts = [
      plural(flows, "flow"),
      ...(requests !== undefined && requests > 0 ? [plural(requests, "request")] : []),
      ...(first !== undefined && last !== undefined ? [`${first.slice(0, 19)}Z to ${last.slice(0, 19)}Z`] : []),
    ];
    return visible(`${edge}: ${counts.join(", ")}`);
  });
  return seen.length > most ? [...shown, `… and ${seen.length - most} more`] : shown;
}

function comment(node: Node, lines: readonly string[]): void {
  if (lines.length > 0 && !isSeq(node)) node.commentBefore = lines.map((line) => ` ${line}`).join("\n");
}
