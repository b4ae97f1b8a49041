import { reasonOfUnseen, type Unseen } from "../../common/unseen";
import type { Unapplied } from "../../input/manifests/read";
import { countByIdentity, withoutKnown } from "../../lint/identity";
import { anyProject, type LintProject, lintManifests } from "../../lint/lint-manifests";
import type { LocatedFinding } from "../../lint/located";
import { refusedPolicy } from "../../lint/rules/refused-policy";
import type { Evaluated } from "../../manifests/evaluate";
import { whyChanged } from "../../manifests/explainer";
import { diffReachability } from "../../reachability/diff";
import { plural, someOf } from "../../reachability/words";
import type { DiffReport } from "../../report/diff/diff-rows";
import { groupsOf } from "../../report/lint/report";
import { unenforcedWords } from "../../report/notices";

/** Compares two states, and the findings of lint on them. */
export function diffReport(
  sides: { before: Evaluated; after: Evaluated },
  names: DiffReport["names"],
  project: LintProject = anyProject,
): DiffReport {
  const { before, after } = sides;
  const diff = diffReachability(before, after);
  const appeared = new Set(
    diff.refused.appeared.map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ""}${name}`),
  );
  return {
    names,
    diff,
    why: whyChanged(sides),
    endpoints: [...after.scenario.endpoints, ...diff.endpoints.removed],
    after: { [Symbol.iterator]: () => after.reachability.verdicts() },
    refused: after.refused.filter(({ policy }) => appeared.has(policy)),
    warnings: newFindings(before, after, project),
    problems: after.problems,
    unenforced: unenforced(after),
    unseen: [...unseenOnEither(before.unseen, after.unseen), ...changedUnapplied(before, after)],
    unapplied: after.unapplied,
  };
}

function unenforced({ scenario, isAudited }: Evaluated): string | undefined {
  if (isAudited !== true) return unenforcedWords(scenario);
  const words = unenforcedWords({ ...scenario, cluster: { ...scenario.cluster, auditMode: true } });
  return words && `${words}; compared as if it were off`;
}

/** What is not seen on either side, each counted once, at its place after the change. */
function unseenOnEither(before: readonly Unseen[], after: readonly Unseen[]): Unseen[] {
  const keyOf = (one: Unseen) => JSON.stringify([one.object, reasonOfUnseen(one)]);
  const known = new Set(after.map(keyOf));
  return [...after, ...before.filter((one) => !known.has(keyOf(one)))];
}

/**
 * Changed files that nothing in the repository applies. If something else applies them, the answer lacks what they open.
 */
function changedUnapplied(before: Evaluated, after: Evaluated): Unseen[] {
  const changedTo = changedFiles(after.unapplied, before.unapplied);
  const names = new Set(
    [...changedTo, ...after.policies.map(({ document }) => document)].map(({ file }) => baseOf(file)),
  );
  const gone = changedFiles(before.unapplied, after.unapplied).filter(({ file }) => !names.has(baseOf(file)));
  const unseen =
    (words: string) =>
    ({ file, reason }: Unapplied) => ({
      file,
      object: "file",
      kind: "changed file",
      reason: `${words}, and nothing here applies it, since ${reason}`,
      fix: "If something else does, compare it by itself",
    });
  return [...changedTo.map(unseen("it is new or changed")), ...gone.map(unseen("it is gone"))];
}

/** The files whose text none of the others has. */
function changedFiles(files: readonly Unapplied[] = [], others: readonly Unapplied[] = []): Unapplied[] {
  const texts = new Set(others.map(({ text }) => text));
  return files.filter(({ text }) => !texts.has(text));
}

const baseOf = (file: string) => file.slice(file.search(/[^/\\:]*$/));

/** Findings of lint that are new. Refused policies are reported separately. */
function newFindings(before: Evaluated, after: Evaluated, project: LintProject): string[] {
  const was = lintManifests(before, project);
  const is = lintManifests(after, project);
  const known = countByIdentity([...was.findings, ...was.silenced]);
  const counts = ({ severity, rule }: LocatedFinding) => severity !== "info" && rule !== refusedPolicy.id;
  const fresh = new Set(withoutKnown([...is.findings, ...is.silenced], known).fresh.filter(counts));
  return [
    ...inWords(is.findings.filter((finding) => fresh.has(finding))),
    ...silencedWords(is.silenced.filter((finding) => fresh.has(finding))),
  ];
}

/** A change that ignores its own findings must not look like one without findings. */
function silencedWords(findings: readonly LocatedFinding[]): string[] {
  if (findings.length === 0) return [];
  const placed = findings.map(({ rule, file, line }) => `${rule} (${line === undefined ? file : `${file}:${line}`})`);
  return [
    `The change ignores ${plural(findings.length, "lint finding", "lint findings")} that it introduces: ${someOf(placed, 5)}`,
  ];
}

function inWords(brought: readonly LocatedFinding[]): string[] {
  return groupsOf(brought).map((group) => {
    const [{ fix }] = group;
    const places = group.flatMap((entry) => entry.places);
    const shown = places.slice(0, 5).map(({ object, message }) => `${object}: ${message}.`);
    const more = places.length > shown.length ? [`${places.length - shown.length} more like it.`] : [];
    return [...shown, ...more, `Fix: ${fix}`].join(" ");
  });
}
