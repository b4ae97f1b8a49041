import type { PreviewResult } from "@pulumi/pulumi/automation";
import { changesLine } from "./changes";

/**
 * A summary of a preview: the program's outputs as Pulumi prints them, with changes marked (in `reachability`,
 * the edges that open and close), and the number of resources.
 */
export function summaryOf({ stdout, changeSummary }: Pick<PreviewResult, "stdout" | "changeSummary">): string[] {
  // Pulumi ends with the outputs, if there are any, and a count of the resources.
  const outputs = /^Outputs:\n(?:.*\n)*?(?=^Resources:$)/m.exec(stdout)?.[0].trimEnd();
  return [...(outputs === undefined ? [] : [outputs, ""]), changesLine(changeSummary, "planned")];
}
