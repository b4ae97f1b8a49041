import type { Problem } from "../../common/problem";
import type { Maker } from "./makers";
import { identityOf } from "./objects";

/** One answer is about one cluster: two Kustomizations of Flux of one name, in files of their own, are those of two. */
export function severalClusters(roots: readonly Maker[]): Problem[] {
  const first = new Map<string, Maker>();
  for (const maker of roots.filter(({ kind }) => kind === "flux" || kind === "fluxinstance")) {
    const { kind, namespace, name } = identityOf(maker.document) ?? {};
    const key = `${kind} ${namespace}/${name}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, maker);
    else if (known.at !== maker.at) {
      return [
        {
          code: "several-clusters",
          file: maker.document.file,
          ...maker.document.position([]),
          object: key,
          message: `is in ${known.document.file}, too: these are several clusters, and one answer is about one`,
          fix: "name the folder of one of them",
        },
      ];
    }
  }
  return [];
}
