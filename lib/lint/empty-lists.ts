import { type PeerList, type PlacedItem, peerLists } from "./context";

/** Empty lists that Cilium reads as absent; every other empty list of peers matches nobody (`pkg/policy/utils/parserules.go`). */
export const readAsAbsent: ReadonlySet<PeerList> = new Set(["services", "fqdns", "groups"]);

/** Neither ports nor peers, as Cilium reads them. */
export function saysNothing(item: PlacedItem): boolean {
  const hasPorts = (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
  return !hasPorts && peerLists(item).every((list) => readAsAbsent.has(list) && item[list]?.length === 0);
}
