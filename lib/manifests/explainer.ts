import { CompilationCache } from "../cilium/policy/compilation-cache";
import type { LocatedPolicy } from "../input/manifests/policies";
import type { EdgeChange } from "../reachability/diff";
import { type ChangeReason, changeReasons } from "../reachability/explain/change-reasons";
import { Explainer } from "../reachability/explain/explain";
import type { Locate } from "../reachability/explain/explanation";
import type { LocateObject } from "../reachability/explain/linkerd";
import type { PolicySource } from "../reachability/explain/sources";
import type { Evaluated } from "./evaluate";

/** An explainer that gives the file and line of policies and objects. */
export function explainerOf({
  policies,
  scenario,
  authorization,
  reachability,
  refusals,
}: Pick<Evaluated, "policies" | "scenario" | "authorization" | "refusals"> &
  Partial<Pick<Evaluated, "reachability">>): Explainer {
  const locateObject: LocateObject = (index) => {
    const document = authorization[index]?.source.document;
    return document && { file: document.file, ...document.position([]) };
  };
  return new Explainer(sourcesOf(policies), scenario, {
    locate: locator(policies),
    locateObject,
    known: new CompilationCache(scenario, refusals),
    ...(reachability && { reachability }),
  });
}

/** The policies as written, if the original is known. */
export function sourcesOf(policies: readonly LocatedPolicy[]): PolicySource[] {
  return policies.map(({ manifest, original }) => (manifest.unread === undefined ? (original ?? manifest) : manifest));
}

function locator(policies: readonly LocatedPolicy[]): Locate {
  return (index, path) => {
    const document = policies[index]?.document;
    return document && { file: document.file, ...document.position(path) };
  };
}

/** Returns a function that explains why an edge changed. It prepares nothing before its first call. */
export function whyChanged(sides: { before: Evaluated; after: Evaluated }): (edge: EdgeChange) => ChangeReason[] {
  let explained: { before: Explainer; after: Explainer } | undefined;
  return (edge) => {
    explained ??= { before: explainerOf(sides.before), after: explainerOf(sides.after) };
    return changeReasons(explained, edge);
  };
}
