import type { Path } from "../../common/problem";
import type { Scenario } from "../../scenario/scenario";
import type { PolicySource } from "./sources";

/** One part of a change of policies. Places are those before the change. */
export interface Edit {
  /** Whose object it is. Absent: a policy of Cilium's or of Kubernetes' own. `linkerd`: `policy` is a place in the scenario's `mesh.authorization`. */
  layer?: "linkerd";
  /** The policy's place in the list of policies; a new one comes after the last. */
  policy: number;
  /**
   * - `add`: `values` at the end of the list at `path`, which is made where there is none.
   * - `replace`: `values` in place of the list's item at `path`: none, one or several.
   * - `set`: the only one of `values` at `path`.
   * - `create`: a new policy, the only one of `values`.
   * - `remove`: the policy goes; `path` and `values` are empty.
   */
  action: "add" | "replace" | "set" | "create" | "remove";
  /** The member that is changed, in the policy as it is written. */
  path: Path;
  /** What is put there, as it stands in YAML. */
  values: readonly unknown[];
  /** What it does, in words: `add a rule to shop/db-ingress`. */
  words: string;
  /** What stands above members and items of `values` where it is written, each line without its `#`. Paths begin at `values`. */
  comments?: readonly Comment[];
}

/** What stands above a part of a value where it is written. */
export interface Comment {
  path: Path;
  lines: readonly string[];
}

/**
 * The policies as they are after a change. Those that are given stay as they are.
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

/** The scenario as it is after a change of Linkerd's objects. */
export function applyToScenario(scenario: Scenario, edits: readonly Edit[]): Scenario {
  const own = edits.filter(({ layer }) => layer === "linkerd");
  const { authorization } = scenario.mesh ?? {};
  if (own.length === 0 || authorization === undefined) return scenario;
  const objects = applyToList(authorization.objects, own);
  return { ...scenario, mesh: { ...scenario.mesh, authorization: { ...authorization, objects } } };
}

/** Any list of objects as it is after a change. */
export function applyToList<T>(given: readonly T[], edits: readonly Edit[]): T[] {
  const isWritten = ({ action }: Edit) => action !== "create" && action !== "remove";
  const changed = given.map((one, index) =>
    edits.some((edit) => edit.policy === index && isWritten(edit)) ? structuredClone(one) : one,
  );
  const gone = new Set(edits.flatMap(({ action, policy }) => (action === "remove" ? [policy] : [])));
  // From the end of a list to its beginning, and what is added last: so that places stay true.
  for (const edit of [...edits].sort(laterFirst)) {
    if (edit.action === "create") changed.push(...(structuredClone(edit.values) as T[]));
    else if (isWritten(edit)) applyTo(changed[edit.policy] as unknown as Members, edit);
  }
  return gone.size === 0 ? changed : changed.filter((_, index) => !gone.has(index));
}

/** The order in which edits do not disturb each other's places. */
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
