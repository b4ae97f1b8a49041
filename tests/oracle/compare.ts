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

/** Ours against the oracle's. */
export interface Comparison {
  answer: OracleAnswer;
  mismatch?: Mismatch;
  /** The engine names other rules from one time to the next. */
  ambiguous: boolean;
}

/**
 * Holds the engine against the oracle: the same policies refused, and for every flow the same verdict at each end, by the same rules. What
 * the engine calls unknown is compared as the oracle sees it (a group that is not there selects nothing), and must not differ elsewhere.
 *
 * Where `authentication` is in play, Cilium names one set of rules or another for the same flow, as Go's random order of maps has it. So it is
 * asked again before it is contradicted: ours has to be among its answers, and the verdict the same in all.
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
  // The oracle gives what is in the policy map, where what asks for authentication is allowed: whether it gets that is not the map's.
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
  // Where rules pass, what no rule allows is denied by a rule of Cilium's own, else by none.
  const named = theirs.filter((name) => !DENY_ANY.test(name));
  const [own, other] = [new Set(ours), new Set(named)];
  const isLost = own.size >= leastLost && other.size > 0 && named.every((name) => own.has(name));
  return isLost || [...own].sort().join() === [...other].sort().join();
}

/**
 * Cilium merges the names of rules in sorted lists, and where those interleave (`a`, `c` with `b`, `d`) it loses what comes third and fourth
 * (`MergeSortedLabelArrayListStrings`), now these and now others. All of them decide. Fewer than four names never interleave so.
 */
const leastLost = 4;

const DENY_ANY = /derived-from=deny-any-(ingress|egress)/;

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
