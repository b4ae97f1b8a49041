import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { Edit } from "../../reachability/explain/edits";
import type { Learned, LearnedPolicy } from "../../traffic/learn/learned";
import { ruleComment, seenLines } from "./learn-yaml";

/**
 * What was learned, as edits of the existing policies: new rules at the end of their lists, each with its evidence as a comment, and new policies
 * after them.
 *
 * @param existing All given policies, in order.
 */
export function learnEdits({ policies, authorizations }: Learned, existing: readonly EvaluatedPolicy[]): Edit[] {
  return [
    ...policies.flatMap((policy) =>
      policy.changes === undefined
        ? [created(policy, existing.length)]
        : changed(policy, policy.changes, existing.indexOf(policy.changes)),
    ),
    ...authorizations.flatMap(({ objects, seen }) =>
      objects.map((object, index): Edit => {
        const comments = index === 0 ? [{ path: [0], lines: seenLines(seen) }] : [];
        return { ...NEW, layer: "linkerd", policy: 0, values: [object], words: `create ${nameOf(object)}`, comments };
      }),
    ),
  ];
}

const NEW = { action: "create", path: [] } as const;

function created({ manifest, evidence }: LearnedPolicy, place: number): Edit {
  const comments = evidence.map((one) => ({
    path: [0, "spec", one.direction, one.rule],
    lines: ruleComment(one),
  }));
  return { ...NEW, policy: place, values: [manifest], words: `create ${nameOf(manifest)}`, comments };
}

function changed({ manifest, evidence }: LearnedPolicy, before: EvaluatedPolicy, place: number): Edit[] {
  const edits: Edit[] = [];
  for (const direction of ["ingress", "egress"] as const) {
    const from = before.spec?.[direction]?.length ?? 0;
    const values = (manifest.spec?.[direction] ?? []).slice(from);
    if (values.length === 0) continue;
    const comments = evidence
      .filter((one) => one.direction === direction)
      .map((one) => ({ path: [one.rule - from], lines: ruleComment(one) }));
    const words = `add ${values.length} ${direction} ${values.length === 1 ? "rule" : "rules"} to ${nameOf(manifest)}`;
    edits.push({ policy: place, action: "add", path: ["spec", direction], values, words, comments });
  }
  return [...edits, ...defaultDeny(manifest, before, place)];
}

/** Turns default deny off for a new direction that is to be observed first. */
function defaultDeny(manifest: LearnedPolicy["manifest"], before: EvaluatedPolicy, place: number): Edit[] {
  const [was, is] = [before.spec?.enableDefaultDeny, manifest.spec?.enableDefaultDeny];
  const off = (["ingress", "egress"] as const).filter((one) => is?.[one] === false && was?.[one] !== false);
  if (off.length === 0) return [];
  const words = `let ${nameOf(manifest)} deny nothing by default for ${off.join(" and ")}`;
  const set = (path: Edit["path"], value: unknown): Edit => ({
    policy: place,
    action: "set",
    path,
    values: [value],
    words,
  });
  if (was == null) return [set(["spec", "enableDefaultDeny"], Object.fromEntries(off.map((one) => [one, false])))];
  return off.map((one) => set(["spec", "enableDefaultDeny", one], false));
}

function nameOf(object: object): string {
  const { kind, metadata } = object as { kind?: string; metadata?: { namespace?: string; name?: string } };
  return `${kind} ${metadata?.namespace ?? "default"}/${metadata?.name}`;
}
