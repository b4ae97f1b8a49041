import type { Verdict } from "../../reachability/verdict";
import { standsForWords } from "../../scenario/port-group";
import { jsonText } from "../json";
import type { ReachReport, RefusedNote } from "./reach-report";

/**
 * A verdict as the oracle prints it, byte for byte as Go's encoder writes it, plus `unknown`, `wire` and `standsFor` if they add something that the
 * oracle does not know.
 */
export function verdictLine(verdict: Verdict): string {
  const {
    from,
    to,
    proto,
    port,
    egress,
    ingress,
    allowed,
    l7,
    proxied,
    authenticates,
    unknown,
    wire,
    linkerd,
    standsFor,
  } = verdict;
  return goJson({
    ...{ from, to, proto, port, egress, ingress, allowed },
    egressRules: namedIn(verdict.egressRules),
    ingressRules: namedIn(verdict.ingressRules),
    l7: l7 || undefined,
    ...{ proxied, authenticates, unknown, wire, linkerd, standsFor: standsFor && standsForWords(standsFor) },
  });
}

/** Go omits an empty list. */
const namedIn = (rules: readonly string[] | undefined) => (rules?.length === 0 ? undefined : rules);

/** A policy that is not evaluated, as the oracle prints it. */
export function refusedLine(
  note: Pick<RefusedNote, "name" | "namespace" | "file" | "reason"> & { kind?: string },
): string {
  const { kind, name, namespace, file = "", reason } = note;
  return goJson({ invalid: name, kind, namespace, file, error: reason });
}

/** One document with everything, keys and items in a stable order. */
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
  yield `${jsonText(head).slice(0, -2)},\n  "flows": [`;
  let separator = "\n    ";
  for (const verdict of report.verdicts) {
    yield separator + verdictLine(verdict);
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
