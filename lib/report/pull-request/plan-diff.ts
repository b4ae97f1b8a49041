import type { PlanDiff } from "../../plan/diff";
import { subject, typeLabel } from "../../plan/labels";
import type { PlannedResource } from "../../plan/model";
import { plural, someOf } from "../../reachability/words";
import { code, escapeMarkdown, table } from "../markdown";

/** `2 resources added, 0 removed, 1 changed`. Components are not counted. */
export function planDiffHeadline(diff: PlanDiff): string {
  const leaves = (resources: readonly PlannedResource[]) => resources.filter(({ component }) => !component).length;
  return [
    `${plural(leaves(diff.added), "resource")} added`,
    `${leaves(diff.removed)} removed`,
    `${diff.changed.length} changed`,
  ].join(", ");
}

/** One row per resource, most informative first: changed, added, removed, and in each group components first. */
export function planDiffRows(diff: PlanDiff): string[][] {
  const row = (mark: string, resource: PlannedResource, what: string) => [
    mark,
    code(resource.name),
    escapeMarkdown([typeLabel(resource), subject(resource)].filter(Boolean).join(" ")),
    what,
  ];
  return [
    ...diff.changed.map(({ after, paths }) => row("🔀 changed", after, someOf(paths, 4, code))),
    ...componentsFirst(diff.added).map((resource) => row("➕ added", resource, partOf(resource))),
    ...componentsFirst(diff.removed).map((resource) => row("➖ removed", resource, partOf(resource))),
  ];
}

export function planDiffTable(rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : table(["", "resource", "type", "what"], rows);
}

function componentsFirst(resources: readonly PlannedResource[]): PlannedResource[] {
  return [...resources].sort((a, b) => Number(b.component) - Number(a.component));
}

function partOf({ parent }: PlannedResource): string {
  const name = parent?.split("::").at(-1);
  return name === undefined || parent?.includes("pulumi:pulumi:Stack") ? "" : `of ${code(name)}`;
}
