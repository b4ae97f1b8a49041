import type { PreviewResult } from "@pulumi/pulumi/automation";

const words: { readonly [operation: string]: string } = {
  create: "to create",
  update: "to update",
  replace: "to replace",
  delete: "to delete",
  same: "unchanged",
};

/**
 * What a preview comes to, in lines: what the program's outputs would be, in Pulumi's own words, which mark what changes (of
 * `reachability`, which edges open and close), and how many resources.
 */
export function summaryOf({ stdout, changeSummary }: Pick<PreviewResult, "stdout" | "changeSummary">): string[] {
  // Pulumi ends with the outputs, where there are any, and a count of the resources.
  const outputs = /^Outputs:\n(?:.*\n)*?(?=^Resources:$)/m.exec(stdout)?.[0].trimEnd();
  const counts = Object.entries<number | undefined>(changeSummary)
    .filter(([, count]) => count !== undefined && count > 0)
    .map(([operation, count]) => `${count} ${words[operation] ?? operation}`);
  return [
    ...(outputs === undefined ? [] : [outputs, ""]),
    counts.length === 0
      ? "Nothing to change."
      : `${counts.join(", ")}; listed are those that take time. Nothing was changed.`,
  ];
}
