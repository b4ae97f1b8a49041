import { allPrintable } from "../../common/printable";
import { subject, typeLabel } from "../../plan/labels";
import type { Plan, PlannedResource } from "../../plan/model";
import { nameOf } from "../../pulumi-engine/urn";
import { code, escapeMarkdown } from "../markdown";
import { count } from "./text";

/** The plan as a Markdown section, for a comment on a change. */
export function planAsMarkdown(plan: Plan): string {
  const { project, stack, resources } = allPrintable(plan);
  const leaves = resources.filter(({ component }) => !component);
  const waves = Math.max(0, ...leaves.map(({ wave }) => wave));
  const lines = [
    `### Plan of ${code(project)}, stack ${code(stack)}`,
    "",
    `${count(leaves.length, "resource")} in ${count(waves, "wave")}. Resources in the same wave can be created in parallel.`,
    "",
    "| Wave | Resource | Type | What | Waits for |",
    "| ---: | --- | --- | --- | --- |",
    ...leaves.map(row),
  ];
  return `${lines.join("\n")}\n`;
}

function row(resource: PlannedResource): string {
  const awaited = resource.dependsOn.map((urn) => code(nameOf(urn))).join(", ");
  const cells = [
    `${resource.wave}`,
    code(resource.name),
    escapeMarkdown(typeLabel(resource)),
    escapeMarkdown(subject(resource)),
    awaited,
  ];
  return `| ${cells.join(" | ")} |`;
}
