import { printable } from "../../common/printable";
import { comment } from "../../input/manifests/written-values";
import { documentText, kubernetesDocument } from "../../input/yaml/write";
import { plural } from "../../reachability/words";
import type { Evidence } from "../../traffic/learn/evidence";
import type { Learned, LearnedPolicy } from "../../traffic/learn/learned";

/** The maximum number of lines of evidence for a rule; JSON has all of it. */
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

/** The proof and what it does not cover, in sentences. */
export function learnSummary(learned: Learned): string[] {
  const { proof, policies, authorizations, possible } = learned;
  if (learnedNothing(learned)) return ["Nothing is learned.", ...gaps(learned)].map(printable);
  const changed = policies.filter(({ changes }) => changes !== undefined).length;
  const objects = authorizations.reduce((sum, one) => sum + one.objects.length, 0);
  const proven =
    proof.allowed === proof.edges
      ? `All ${plural(proof.edges, "edge")} that passed are allowed with these policies.`
      : `${proof.allowed.toLocaleString("en-US")} of ${plural(proof.edges, "edge")} that passed are allowed with these policies. Not:`;
  const lines = [
    policies.length + objects === 0
      ? "Nothing has to be added."
      : [
          ...(policies.length > changed ? [plural(policies.length - changed, "new policy", "new policies")] : []),
          ...(changed > 0 ? [`${plural(changed, "changed policy", "changed policies")}`] : []),
          ...(objects > 0 ? [`${plural(objects, "object")} of Linkerd`] : []),
        ].join(", "),
    proven,
    ...proof.denied.map(
      ({ from, to, protocol, port, by }) => `  ${from} → ${to} ${protocol} ${port}: ${by.join(", ")}`,
    ),
    possible.length === 0
      ? "Nothing becomes possible beyond what was seen."
      : `Also possible, but never seen: ${plural(possible.length, "edge")}`,
    ...possible.slice(0, 20).map(({ from, to, protocol, port }) => `  ${from} → ${to} ${protocol} ${port}`),
    ...(possible.length > 20 ? [`  … and ${possible.length - 20} more`] : []),
    ...gaps(learned),
  ];
  return lines.map(printable);
}

/** Whether traffic passed but none of it could be judged, so that there is no proof. */
export const learnedNothing = ({ proof, unjudged }: Learned): boolean => proof.edges === 0 && unjudged > 0;

/** What the learned policies do not cover, in sentences. */
export const learnGaps = (learned: Learned): string[] => gaps(learned).map(printable);

function gaps({ notCovered, leftDenied, without, blind, policies, authorizations }: Learned): string[] {
  const sure = notCovered.filter((one) => one.perhaps !== true);
  const perhaps = notCovered.filter((one) => one.perhaps === true);
  const mayBlock = policies.length + authorizations.length === 0 ? "" : ", and that these policies may block";
  const personal =
    "Rules and comments hold addresses and names from outside the cluster: check them for personal data before you share this.";
  return [
    ...listed(sure, (count) => `${count} that no policy can be written for${mayBlock}:`),
    ...listed(
      perhaps,
      (count) =>
        `${count} of a pod that is gone${mayBlock === "" ? "" : `${mayBlock} if it was one of these workloads`}:`,
    ),
    ...(leftDenied > 0 ? [`Not admitted, because denied when recorded: ${plural(leftDenied, "edge")}.`] : []),
    ...without.map(({ id, why }) => `${id}: ${why}`),
    ...blind,
    ...(policies.some(namesTheWorld) ? [personal] : []),
  ];
}

function listed(edges: Learned["notCovered"], head: (count: string) => string): string[] {
  if (edges.length === 0) return [];
  return [head(plural(edges.length, "edge")), ...edges.map(({ edge, why }) => `  ${edge}: ${why}`)];
}

function policyDocument({ manifest, changes, evidence }: LearnedPolicy): string {
  const document = kubernetesDocument(manifest);
  if (changes !== undefined) document.commentBefore = " Changes the policy of this name: rules with comments are new.";
  for (const one of evidence) comment(document, ["spec", one.direction, one.rule], ruleComment(one));
  return documentText(document);
}

/** The comment that justifies a rule. */
export function ruleComment({ seen, need }: Pick<LearnedPolicy["evidence"][number], "seen" | "need">): string[] {
  return [...(need === undefined ? [] : [need]), ...seenLines(seen)];
}

/** Evidence as comments. They begin with "seen:", so that no name from traffic can become a tool's directive. */
export const seenLines = (seen: readonly Evidence[]): string[] => evidenceLines(seen).map((line) => `seen: ${line}`);

function namesTheWorld({ manifest: { spec } }: LearnedPolicy): boolean {
  return (
    (spec?.ingress ?? []).some(({ fromCIDR, fromCIDRSet }) => fromCIDR !== undefined || fromCIDRSet !== undefined) ||
    (spec?.egress ?? []).some(
      ({ toCIDR, toCIDRSet, toFQDNs }) => toCIDR !== undefined || toCIDRSet !== undefined || toFQDNs !== undefined,
    )
  );
}

function objectDocument(object: object, seen: readonly Evidence[]): string {
  const document = kubernetesDocument(object);
  comment(document, [], seenLines(seen));
  return documentText(document);
}

const span = (first: string, last: string) => (first === last ? `${first}Z` : `${first}Z to ${last}Z`);

export function evidenceLines(seen: readonly Evidence[]): string[] {
  const shown = seen.slice(0, most).map(({ edge, flows, requests, first, last, example }) => {
    const counts = [
      ...(flows > 0 || requests === undefined ? [plural(flows, "flow")] : []),
      ...(requests !== undefined && requests > 0 ? [plural(requests, "request")] : []),
      ...(first !== undefined && last !== undefined ? [span(first.slice(0, 19), last.slice(0, 19))] : []),
      ...(example !== undefined ? [`such as ${example}`] : []),
    ];
    return printable(`${edge}: ${counts.join(", ")}`);
  });
  return seen.length > most ? [...shown, `… and ${seen.length - most} more`] : shown;
}
