import type { EndpointFacts } from "../../scenario/scenario";

/** Those of some peers that are answered alike that say something of their own: a representative says nothing new beside a more general one. */
export function withoutFolded(ids: readonly string[], endpoints: ReadonlyMap<string, EndpointFacts>): string[] {
  const all = new Set(ids);
  return ids.filter(
    (id) => !endpoints.get(id)?.representative?.foldsInto.some((other) => other !== id && all.has(other)),
  );
}
