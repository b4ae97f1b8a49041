import type { Path } from "../../common/problem";
import type { Scenario } from "../../scenario/scenario";
import type { PolicySource } from "./sources";

/** One edit of a change of policies. Its indices and paths refer to the policies before the change. */
export interface Edit {
  /** Absent: a policy of Cilium or Kubernetes. `linkerd`: an object of Linkerd, with `policy` an index in the scenario's `mesh.authorization.objects`. */
  layer?: "linkerd";
  /** The policy's index in the list of policies. A new policy comes after the last. */
  policy: number;
  /**
   * - `add`: append `values` to the list at `path`, which is created if absent.
   * - `replace`: replace the list item at `path` by `values`: none, one or several.
   * - `set`: set the member at `path` to the only one of `values`.
   * - `create`: create a policy, the only one of `values`.
   * - `remove`: remove the policy; `path` and `values` are empty.
   */
  action: "add" | "replace" | "set" | "create" | "remove";
  /** The member to change, in the policy as written. */
  path: Path;
  /** The new values, as in YAML. */
  values: readonly unknown[];
  /** The edit as text: `add a rule to shop/db-ingress`. */
  words: string;
  /** Comments to write above members and items of `values`. Paths start at `values`. */
  comments?: readonly Comment[];
}

/** A comment above a part of a value. */
export interface Comment {
  path: Path;
  lines: readonly string[];
}

/**
 * The policies after a change, as copies: the given ones stay unchanged.
 *
 * @example
 * const change = proposeChange(new Explainer(policies, scenario), { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 });
 * explain(applyEdits(policies, change?.edits ?? []), scenario, { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 });
 */
export function applyEdits(sources: readonly PolicySource[], edits: readonly Edit[]): PolicySource[] {
  return applyToList(
    sources,
    edits.filter(({ layer }) => layer === undefined),
  );
}

/** The scenario after a change of Linkerd's objects. */
export function applyToScenario(scenario: Scenario, edits: readonly Edit[]): Scenario {
  const own = edits.filter(({ layer }) => layer === "linkerd");
  const { authorization } = scenario.mesh ?? {};
  if (own.length === 0 || authorization === undefined) return scenario;
  const objects = applyToList(authorization.objects, own);
  return { ...scenario, mesh: { ...scenario.mesh, authorization: { ...authorization, objects } } };
}

/** A list of objects after a change. */
export function applyToList<T>(given: readonly T[], edits: readonly Edit[]): T[] {
  const isWritten = ({ action }: Edit) => action !== "create" && action !== "remove";
  const changed = given.map((one, index) =>
    edits.some((edit) => edit.policy === index && isWritten(edit)) ? structuredClone(one) : one,
  );
  const removed = new Set(edits.flatMap(({ action, policy }) => (action === "remove" ? [policy] : [])));
  // Later items first, and additions last, so that indices stay valid.
  for (const edit of [...edits].sort(laterFirst)) {
    if (edit.action === "create") changed.push(...(structuredClone(edit.values) as T[]));
    else if (isWritten(edit)) applyTo(changed[edit.policy] as unknown as Members, edit);
  }
  return removed.size === 0 ? changed : changed.filter((_, index) => !removed.has(index));
}

/** The order in which edits leave each other's indices valid. */
export function laterFirst(a: Edit, b: Edit): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const place = a.path.findIndex((part, index) => part !== b.path[index]);
  const [left, right] = [a.path[place], b.path[place]];
  return typeof left === "number" && typeof right === "number" ? right - left : 0;
}

const rank = ({ action }: Edit) => ({ replace: 0, set: 1, add: 2, create: 3, remove: 4 })[action];

type Members = Record<string | number, unknown>;

function applyTo(root: Members, { action, path, values }: Edit): void {
  const last = path.at(-1) ?? "";
  let parent = root;
  for (const part of path.slice(0, -1)) {
    parent[part] ??= {};
    parent = parent[part] as Members;
  }
  if (action === "set") parent[last] = structuredClone(values[0]);
  else if (action === "replace") (parent as unknown as unknown[]).splice(Number(last), 1, ...structuredClone(values));
  else parent[last] = [...((parent[last] as unknown[] | null | undefined) ?? []), ...structuredClone(values)];
}
