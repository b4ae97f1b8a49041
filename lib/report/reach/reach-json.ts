import { getOrMake } from "../../common/maps";
import { compareText } from "../../common/text";
import type { Answer, Verdict } from "../../reachability/verdict";
import type { ReachReport, RefusedNote } from "./reach-report";

/**
 * The oracle's line for a verdict, byte for byte as Go's encoder writes it; `unknown`, `wire` and `standsFor` only where there is something to
 * say that the oracle cannot.
 */
export function verdictLine(verdict: Verdict): string {
  return lineOf(verdict.from, verdict);
}

function lineOf(from: string | readonly string[], verdict: Verdict): string {
  const { to, proto, port, egress, ingress, allowed, l7, proxied, authenticates, unknown, wire, linkerd } = verdict;
  return goJson({
    ...{ from, to, proto, port, egress, ingress, allowed },
    egressRules: namedIn(verdict.egressRules),
    ingressRules: namedIn(verdict.ingressRules),
    l7: l7 || undefined,
    ...{ proxied, authenticates, unknown, wire, linkerd, standsFor: verdict.standsFor },
  });
}

/** Go leaves out a list that is empty. */
const namedIn = (rules: readonly string[] | undefined) => (rules?.length === 0 ? undefined : rules);

/** The oracle's line for a policy that is not evaluated. */
export function refusedLine(
  note: Pick<RefusedNote, "name" | "namespace" | "file" | "reason"> & { kind?: string },
): string {
  const { kind, name, namespace, file = "", reason } = note;
  return goJson({ invalid: name, kind, namespace, file, error: reason });
}

/** The verdicts of a port that differ only in `from`, as one whose `from` is a list. Cilium's rules may differ and say the same. */
function* answerLines(answers: Iterable<Answer>): Generator<string> {
  let at = "";
  let alike = new Map<string, { verdict: Verdict; from: string[] }>();
  const lines = () => [...alike.values()].map(({ from, verdict }) => lineOf(from.sort(compareText), verdict));
  for (const { from, verdict } of answers) {
    const port = `${verdict.to} ${verdict.proto} ${verdict.port}`;
    if (port !== at) {
      yield* lines();
      alike = new Map();
      at = port;
    }
    getOrMake(alike, lineOf("", verdict), () => ({ verdict, from: [] as string[] })).from.push(...from);
  }
  yield* lines();
}

/**
 * One document with everything, keys and items in a stable order. Sources that a port tells alike are one answer: in a large cluster one of each pair would
 * be a gigabyte. It is made piece by piece, so that memory stays small.
 */
export function* reachJson(report: ReachReport): Generator<string> {
  const { endpoints, refused, problems, unseen = [], unapplied = [], notices = [], unenforced, transportMode } = report;
  const head = {
    ...(transportMode !== undefined && { mesh: { transportMode } }),
    ...(unenforced !== undefined && { unenforced }),
    refused,
    problems,
    unseen,
    ...(unapplied.length > 0 && { unapplied: unapplied.map(({ file, reason }) => ({ file, reason })) }),
    notices,
    endpoints,
  };
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "answers": [`;
  let separator = "\n    ";
  for (const line of answerLines(report.answers)) {
    yield separator + line;
    separator = ",\n    ";
  }
  yield "\n  ]\n}\n";
}

const goEscapes = /[<>&\u2028\u2029]/g;

/** JSON as Go's `encoding/json` writes it: safe to paste into HTML. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    goEscapes,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
