import { EMPTY_SELECTS } from "../cilium/api/peer-lists";
import { type PlacedItem, peerListsOf } from "./context";

/** Whether an item has neither ports nor peers, as Cilium reads it. */
export function isEmptyItem(item: PlacedItem): boolean {
  const hasPorts = (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
  return (
    !hasPorts && peerListsOf(item).every((list) => EMPTY_SELECTS[list] === "everybody" && item[list]?.length === 0)
  );
}
