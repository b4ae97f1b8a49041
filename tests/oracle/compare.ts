import { stringify } from "yaml";
import { compile, type EndVerdict, type Flow, type Verdict } from "../../lib/reachability";
import type { Case, OracleAnswer, OracleVerdict } from "./oracle";

export interface Mismatch {
  what: string;
  /** The flow, where one flow differs. */
  flow?: Flow;
  ours: unknown;
  theirs: unknown;
}

/**
 * Holds the engine against the oracle: the same policies refused, and for every flow the same verdict at each end, by the same rules. What
 * the engine calls unknown is compared as the oracle sees it (a group that is not there selects nothing), and must not differ elsewhere.
 */
export function compare(asked: Case, answer: OracleAnswer): Mismatch | undefined {
  if (answer.error !== undefined)
    return { what: "the oracle cannot evaluate the case", ours: undefined, theirs: answer.error };
  const exact = compile(asked.policies, asked.scenario, { undecided: "no match" });
  const careful = compile(asked.policies, asked.scenario);
  const ours = exact.refused.map(({ kind, namespace, name }) => [kind, namespace ?? "", name].join(" "));
  const theirs = (answer.refused ?? []).map(({ kind, namespace, invalid }) =>
    [kind, namespace ?? "", invalid].join(" "),
  );
  if (ours.join("\n") !== theirs.join("\n"))
    return { what: "refused policies", ours: exact.refused, theirs: answer.refused };
  for (const theirs of answer.results ?? []) {
    const mismatch = compareFlow(exact.verdict(theirs), careful.verdict(theirs), theirs);
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

function compareFlow(ours: Verdict, careful: Verdict, theirs: OracleVerdict): Mismatch | undefined {
  const { from, to, proto, port } = theirs;
  const flow = { from, to, proto, port };
  const differ = (what: string): Mismatch => ({ what, flow, ours, theirs });
  for (const end of ["egress", "ingress"] as const) {
    if (!sameEnd(ours[end], theirs[end])) return differ(`${end} verdict`);
    if (!sameRules(ours[`${end}Rules`], theirs[`${end}Rules`])) return differ(`${end} rules`);
    if (careful[end] !== "unknown" && careful[end] !== ours[end])
      return { what: `${end}, if undecided`, flow, ours: careful, theirs: ours };
  }
  if (ours.allowed !== theirs.allowed) return differ("verdict");
  if (Boolean(ours.l7) !== Boolean(theirs.l7)) return differ("l7");
  return undefined;
}

function sameEnd(ours: EndVerdict, theirs: string): boolean {
  return theirs.startsWith("error: ") ? ours === "unknown" : ours === theirs;
}

function sameRules(ours: readonly string[] = [], theirs: readonly string[] = []): boolean {
  return [...new Set(ours)].sort().join() === [...new Set(theirs)].sort().join();
}

/** A case that the oracle reads as files, with what differs on top. */
export function report({ scenario, policies }: Case, { what, flow, ours, theirs }: Mismatch): string {
  const asked = flow === undefined ? scenario : { ...scenario, flows: [flow] };
  return [
    `# mismatch: ${what}`,
    `# ours:   ${JSON.stringify(ours)}`,
    `# theirs: ${JSON.stringify(theirs)}`,
    "# --- scenario.yaml",
    stringify(asked).trimEnd(),
    "# --- policies.yaml",
    policies.map((policy) => stringify(policy)).join("---\n"),
  ].join("\n");
}
