import type { EndpointFacts } from "../../scenario/scenario";

/** Those of some peers that are answered alike that say something of their own: a representative says nothing new beside a more general one. */
export function withoutFolded(ids: readonly string[], endpoints: ReadonlyMap<string, EndpointFacts>): string[] {
  // Most are no representatives, of whom a list of thousands has a few.
  let all: Set<string> | undefined;
  return ids.filter((id) => {
    const { foldsInto = [] } = endpoints.get(id)?.representative ?? {};
    if (foldsInto.length === 0) return true;
    all ??= new Set(ids);
    return !foldsInto.some((other) => other !== id && all?.has(other));
  });
}
