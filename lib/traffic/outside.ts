import type { Party } from "./party";
import { withParties } from "./resolve-parties";
import type { Traffic } from "./traffic";

/** Replaces outside addresses and DNS names by numbers, for output that others read. The edges are judged as before. */
export function withoutOutsideNames(traffic: Traffic): Traffic {
  const hidden = new Map<Party, Party>();
  const hide = (party: Party): Party => {
    if (party.kind !== "address") return party;
    const known = hidden.get(party);
    if (known !== undefined) return known;
    const made = { ...party, alias: `outside address ${hidden.size + 1}` };
    hidden.set(party, made);
    return made;
  };
  return { ...traffic, edges: withParties(traffic.edges, hide) };
}
