import type { Problem } from "../../common/problem";
import { identityOf } from "./objects/referenced-objects";
import type { Renderable } from "./objects/renderable";

/**
 * Reports manifests of several clusters, which cannot be evaluated together: two Flux Kustomizations of the same name in different files belong to
 * two clusters. Returns at most one problem.
 *
 * @param renderables The root renderables, which no other one manages, and those that were generated.
 */
export function severalClusters(renderables: readonly Renderable[]): Problem[] {
  const first = new Map<string, Renderable>();
  for (const renderable of renderables.filter(({ kind }) => kind === "flux" || kind === "fluxinstance")) {
    const { kind, namespace, name } = identityOf(renderable.document) ?? {};
    const key = `${kind} ${namespace}/${name}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, renderable);
    else if (known.document.file !== renderable.document.file) {
      return [
        {
          code: "several-clusters",
          file: renderable.document.file,
          ...renderable.document.position([]),
          object: key,
          message: `is in ${known.document.file}, too: these are several clusters, and only one can be evaluated at a time`,
          fix: "name the folder of one of them",
        },
      ];
    }
  }
  return [];
}
