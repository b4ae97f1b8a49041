import { allPrintable } from "../../common/printable";
import { shortName, subject, typeLabel } from "../../plan/labels";
import { compare, type Plan, type PlannedResource } from "../../plan/model";
import { nameOf } from "../../pulumi-engine/urn";
import { plainStyle, type Style } from "../style";

const width = 80;
/** The column where types begin: after the longest name, within limits. */
const nameColumn = { least: 24, most: 46 };

/** The plan for people: per wave, the tree of what starts in it. At most 80 columns. */
export function planAsText(plan: Plan, style: Style = plainStyle): string {
  const { project, stack, resources } = allPrintable(plan);
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const leaves = resources.filter(({ component }) => !component);
  const waves = Math.max(0, ...leaves.map(({ wave }) => wave));
  const lines = [
    style.strong(`${project}, stack ${stack}: ${count(leaves.length, "resource")} in ${count(waves, "wave")}`),
    style.faint("Resources in the same wave can be created in parallel."),
  ];
  const trees = Array.from({ length: waves }, (_, index) =>
    tree(
      leaves.filter(({ wave }) => wave === index + 1),
      byUrn,
    ),
  );
  const longest = Math.max(0, ...trees.flat().map(({ path }) => path.length));
  const column = Math.min(Math.max(longest + 2, nameColumn.least), nameColumn.most);
  for (const [index, rows] of trees.entries()) {
    lines.push("", style.strong(`Wave ${index + 1}`), ...rows.map((row) => line(row, column, style)));
  }
  return `${lines.join("\n")}\n`;
}

type Children = ReadonlyMap<string | undefined, ReadonlySet<PlannedResource>>;

/** A resource, and its name in the tree. */
interface Row {
  readonly path: string;
  readonly resource: PlannedResource;
}

/** The leaves under their components. A component with only one resource in this wave shares its line. */
function tree(leaves: readonly PlannedResource[], byUrn: ReadonlyMap<string, PlannedResource>): Row[] {
  const children = new Map<string | undefined, Set<PlannedResource>>();
  const add = (resource: PlannedResource): void => {
    const shown = componentAbove(resource, byUrn);
    children.set(shown?.urn, (children.get(shown?.urn) ?? new Set()).add(resource));
    if (shown) add(shown);
  };
  for (const leaf of leaves) add(leaf);
  return branch(undefined, "  ", children);
}

function branch(parent: string | undefined, indent: string, children: Children): Row[] {
  const sorted = [...(children.get(parent) ?? [])].sort(
    (a, b) => Number(a.component) - Number(b.component) || compare(a.name, b.name),
  );
  return sorted.flatMap((resource) => {
    let path = shortName(resource.name, parent === undefined ? undefined : nameOf(parent));
    let last = resource;
    for (let only = onlyChild(last, children); only; only = onlyChild(last, children)) {
      path += `/${shortName(only.name, last.name)}`;
      last = only;
    }
    const below = last.component ? branch(last.urn, `${indent}  `, children) : [];
    return [{ path: `${indent}${path}`, resource: last }, ...below];
  });
}

function onlyChild({ urn, component }: PlannedResource, children: Children): PlannedResource | undefined {
  const [first, ...others] = component ? (children.get(urn) ?? []) : [];
  return others.length === 0 ? first : undefined;
}

/** The nearest component above. A child of another resource is shown beside it, since it may be in another wave. */
function componentAbove(
  { parent }: PlannedResource,
  byUrn: ReadonlyMap<string, PlannedResource>,
): PlannedResource | undefined {
  const above = parent === undefined ? undefined : byUrn.get(parent);
  return above === undefined || above.component ? above : componentAbove(above, byUrn);
}

function line({ path, resource }: Row, column: number, style: Style): string {
  const label = cut(path, column - 2).padEnd(column);
  const room = width - column;
  const full = [typeLabel(resource), subject(resource)].filter(Boolean).join("  ");
  // The namespace is the least informative part: it is shown above, or in the object's own name.
  const rest = full.length <= room ? full : cut(full.replace(/ {2}[^ /]*\//, "  "), room);
  return resource.component ? style.faint(`${label}${rest}`.trimEnd()) : `${label}${style.faint(rest)}`;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
