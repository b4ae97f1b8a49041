import type { PreviewResult } from "@pulumi/pulumi/automation";
import { changesLine } from "./changes";

/**
 * What a preview comes to, in lines: what the program's outputs would be, in Pulumi's own words, which mark what changes (of
 * `reachability`, which edges open and close), and how many resources.
 */
export function summaryOf({ stdout, changeSummary }: Pick<PreviewResult, "stdout" | "changeSummary">): string[] {
  // Pulumi ends with the outputs, where there are any, and a count of the resources.
  const outputs = /^Outputs:\n(?:.*\n)*?(?=^Resources:$)/m.exec(stdout)?.[0].trimEnd();
  return [...(outputs === undefined ? [] : [outputs, ""]), changesLine(changeSummary, "planned")];
}
