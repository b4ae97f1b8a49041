import type { OpMap } from "@pulumi/pulumi/automation";

/** Pulumi's operations in words: what will be done, and what was done. */
const words: { readonly [operation: string]: { readonly planned: string; readonly done: string } } = {
  create: { planned: "to create", done: "created" },
  update: { planned: "to update", done: "updated" },
  replace: { planned: "to replace", done: "replaced" },
  delete: { planned: "to delete", done: "deleted" },
  same: { planned: "unchanged", done: "unchanged" },
};

/** How many resources a preview would change, or an update has changed, in one line. */
export function changesLine(changes: OpMap, tense: "planned" | "done"): string {
  const counts = Object.entries<number | undefined>(changes).filter(([, count]) => count !== undefined && count > 0);
  if (counts.every(([operation]) => operation === "same")) {
    const unchanged = changes.same ? `: ${changes.same} unchanged` : "";
    return tense === "planned" ? `Nothing to change${unchanged}.` : `Nothing had to change${unchanged}.`;
  }
  return `${counts.map(([operation, count]) => `${count} ${words[operation]?.[tense] ?? operation}`).join(", ")}.`;
}
