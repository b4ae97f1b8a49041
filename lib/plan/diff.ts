import { isPlainMap } from "./labels";
import { compare, type JsonValue, type Plan, type PlannedResource } from "./model";

/** A resource that both plans have, with different inputs. */
export interface ChangedResource {
  readonly before: PlannedResource;
  readonly after: PlannedResource;
  /** Where the inputs differ, as paths such as `spec.ingress[0].toPorts`. Never empty. */
  readonly paths: readonly string[];
}

/** The differences between two plans. Each list is ordered by URN. */
export interface PlanDiff {
  readonly added: readonly PlannedResource[];
  readonly removed: readonly PlannedResource[];
  readonly changed: readonly ChangedResource[];
  /** How many resources are the same in both. */
  readonly unchanged: number;
}

/**
 * Compares two plans by URN. Dependencies are ignored: they decide when something is created, not what. Components count, since an author adds
 * them, but not their inputs, which show up in their children.
 */
export function planDiff(before: Plan, after: Plan): PlanDiff {
  const had = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const has = new Map(after.resources.map((resource) => [resource.urn, resource]));
  const both = [...has.values()].flatMap((is) => {
    const was = had.get(is.urn);
    return was === undefined ? [] : [{ before: was, after: is, paths: is.component ? [] : differences(was, is) }];
  });
  const changed = both.filter(({ paths }) => paths.length > 0);
  return {
    added: byUrn([...has.values()].filter(({ urn }) => !had.has(urn))),
    removed: byUrn([...had.values()].filter(({ urn }) => !has.has(urn))),
    changed: changed.sort((a, b) => compare(a.after.urn, b.after.urn)),
    unchanged: both.length - changed.length,
  };
}

function byUrn(resources: PlannedResource[]): PlannedResource[] {
  return resources.sort((a, b) => compare(a.urn, b.urn));
}

function differences(before: PlannedResource, after: PlannedResource): string[] {
  return [...differingPaths(before.inputs, after.inputs, "")];
}

function* differingPaths(a: JsonValue | undefined, b: JsonValue | undefined, path: string): Generator<string> {
  if (isPlainMap(a) && isPlainMap(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compare)) {
      yield* differingPaths(a[key], b[key], path === "" ? key : `${path}.${key}`);
    }
  } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [index, item] of a.entries()) yield* differingPaths(item as JsonValue, b[index], `${path}[${index}]`);
  } else if (JSON.stringify(a) !== JSON.stringify(b)) yield path;
}
