import { stringify } from "yaml";
import { compile, type EndVerdict, type Flow, type Verdict } from "../../lib/reachability";
import { type Case, evaluated, type Oracle, type OracleAnswer, type OracleVerdict } from "./oracle";

export interface Mismatch {
  what: string;
  /** The flow, where one flow differs. */
  flow?: Flow;
  ours: unknown;
  theirs: unknown;
}

/** Differences between the engine and the oracle. */
export interface Comparison {
  answer: OracleAnswer;
  mismatch?: Mismatch;
  /** Whether the oracle names different rules from run to run. */
  ambiguous: boolean;
}

/**
 * Compares the engine with the oracle: they must refuse the same policies, and give the same verdict at each end of every flow, by the same rules.
 * Unknown verdicts are compared as the oracle sees them (a group that does not exist selects nothing), and must not differ elsewhere.
 *
 * With `authentication`, Cilium names one set of rules or another for the same flow, depending on Go's random order of maps. So the oracle is asked
 * again before a difference is reported: our rules must be among its answers, and all its verdicts equal to ours.
 */
export async function compareWith(oracle: Pick<Oracle, "ask">, asked: Case): Promise<Comparison> {
  const answer = await oracle.ask(asked);
  if (firstMismatch(asked, [answer]) === undefined) return { answer, ambiguous: false };
  const answers = [answer];
  for (let time = 0; time < 40; time++) answers.push(await oracle.ask(asked));
  const mismatch = firstMismatch(asked, answers);
  return mismatch === undefined ? { answer, ambiguous: true } : { answer, mismatch, ambiguous: false };
}

function firstMismatch(asked: Case, answers: readonly OracleAnswer[]): Mismatch | undefined {
  const failed = answers.find(({ error }) => error !== undefined);
  if (failed !== undefined)
    return { what: "the oracle cannot evaluate the case", ours: undefined, theirs: failed.error };
  const exact = compile(evaluated(asked), asked.scenario, { undecided: "no match" });
  const careful = compile(evaluated(asked), asked.scenario);
  const refused = answers[0]?.refused ?? [];
  const ours = exact.refused.map(({ kind, namespace, name }) => [kind, namespace ?? "", name].join(" "));
  const theirs = refused.map(({ kind, namespace, invalid }) => [kind, namespace ?? "", invalid].join(" "));
  if (ours.join("\n") !== theirs.join("\n")) return { what: "refused policies", ours: exact.refused, theirs: refused };
  for (const [index, flow] of (answers[0]?.results ?? []).entries()) {
    const lines = answers.map(({ results }) => results?.[index]).filter((line) => line !== undefined);
    const verdict = [exact.verdict(flow), careful.verdict(flow)] as const;
    const differing = lines.map((line) => compareFlow(...verdict, line));
    const contradiction = differing.find((mismatch) => mismatch !== undefined && !mismatch.what.endsWith("rules"));
    if (contradiction !== undefined) return contradiction;
    if (differing.every((mismatch) => mismatch !== undefined)) return differing[0];
  }
  return undefined;
}

function compareFlow(ours: Verdict, careful: Verdict, theirs: OracleVerdict): Mismatch | undefined {
  const { from, to, proto, port } = theirs;
  const flow = { from, to, proto, port };
  const differ = (what: string): Mismatch => ({ what, flow, ours, theirs });
  // The oracle reports the policy map, which allows traffic that requires authentication. Whether that succeeds is not decided there.
  const { authenticates = [] } = ours;
  const isAsked = authenticates.length > 0;
  for (const end of ["egress", "ingress"] as const) {
    if (!sameEnd(authenticates.includes(end) ? "allowed" : ours[end], theirs[end])) return differ(`${end} verdict`);
    if (!sameRules(ours[`${end}Rules`], theirs[`${end}Rules`])) return differ(`${end} rules`);
    if (careful[end] !== "unknown" && careful[end] !== ours[end])
      return { what: `${end}, if undecided`, flow, ours: careful, theirs: ours };
  }
  if (!isAsked && ours.allowed !== theirs.allowed) return differ("verdict");
  if (!isAsked && Boolean(ours.l7) !== Boolean(theirs.l7)) return differ("l7");
  return undefined;
}

function sameEnd(ours: EndVerdict, theirs: string): boolean {
  return theirs.startsWith("error: ") ? ours === "unknown" : ours === theirs;
}

function sameRules(ours: readonly string[] = [], theirs: readonly string[] = []): boolean {
  // With rules that pass, an explicit default of Cilium's denies what no rule allows; otherwise no rule does.
  const named = theirs.filter((name) => !DENY_ANY.test(name));
  const [own, other] = [new Set(ours), new Set(named)];
  const isLost = own.size >= leastLost && other.size > 0 && named.every((name) => own.has(name));
  return isLost || [...own].sort().join() === [...other].sort().join();
}

/**
 * Cilium merges the names of rules in sorted lists, and loses some if the lists interleave (`a`, `c` with `b`, `d`), different ones from run to run
 * (`MergeSortedLabelArrayListStrings`). All of the rules decide. Fewer than four names never interleave this way.
 */
const leastLost = 4;

const DENY_ANY = /derived-from=deny-any-(ingress|egress)/;

/** A case as files that the oracle reads, below the differences. */
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
