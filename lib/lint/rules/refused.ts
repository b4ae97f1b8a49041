import type { Path } from "../../input/manifests/yaml";
import { type LintRule, Severity } from "../finding";

export const refusedPolicy: LintRule = {
  id: "refused-policy",
  severity: Severity.Error,
  title: "A policy that Cilium refuses",
  why:
    "The API server accepts it, Cilium's agent and operator log an error and go on without it: what it should deny stays open. " +
    "`ingress: []` together with `egress: []`, meant as a default deny, is the classic. The policy's status says `Valid: False`.",
  fix: 'Write what the message asks for. The default deny of a direction is one empty rule: "ingress: [{}]".',
  *check({ refused }) {
    for (const [policy, reasons] of refused)
      for (const reason of reasons) {
        const { path, text } = splitReason(reason);
        yield { policy, path, message: `Cilium refuses the whole policy, so it has no effect: ${text}` };
      }
  },
};

/** Splits `spec.ingress[0].fromCIDR: why` into a path and the reason. */
function splitReason(reason: string): { path: Path; text: string } {
  const path: (string | number)[] = [];
  const step = /\.?([A-Za-z][\w-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  let end = 0;
  for (let match = step.exec(reason); match !== null; match = step.exec(reason)) {
    const [, field, index, quoted] = match;
    path.push(field ?? (index === undefined ? String(JSON.parse(quoted ?? '""')) : Number(index)));
    end = step.lastIndex;
  }
  const separated = reason.startsWith(": ", end);
  return separated ? { path, text: reason.slice(end + 2) } : { path: [], text: reason };
}
