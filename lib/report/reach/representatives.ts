import type { EndpointFacts } from "../../scenario/scenario";

/** Drops representatives that add nothing, because a more general one is among the peers with the same answer. */
export function withoutFolded(ids: readonly string[], endpoints: ReadonlyMap<string, EndpointFacts>): string[] {
  // Built on demand, since most lists have few or no representatives.
  let all: Set<string> | undefined;
  return ids.filter((id) => {
    const { foldsInto = [] } = endpoints.get(id)?.representative ?? {};
    if (foldsInto.length === 0) return true;
    all ??= new Set(ids);
    return !foldsInto.some((other) => other !== id && all?.has(other));
  });
}
