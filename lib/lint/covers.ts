import { ENTITIES_IN_CLUSTER } from "../cilium/api/entities";
import type { PeerList } from "../cilium/api/peer-lists";
import type { PortProtocol } from "../cilium/api/policy";
import { selects } from "../cilium/api/selector";
import { parsePrefixOrAddress, prefixContains } from "../kubernetes/cidr";
import { parseRuleProtocol } from "../kubernetes/ports";
import { type LintContext, type PlacedItem, peerListsOf } from "./context";
import { isEmptyItem } from "./empty-lists";
import { portRange } from "./port-range";

/** Whether `outer` certainly matches everything that `inner` matches. */
export function covers(context: LintContext, outer: PlacedItem, inner: PlacedItem): boolean {
  if (outer.direction !== inner.direction || !coversPorts(outer, inner)) return false;
  const [outers, inners] = [peerListsOf(outer), peerListsOf(inner)];
  // Other rules report empty lists.
  const isEmpty = outers.some((list) => outer[list]?.length === 0) || inners.some((list) => inner[list]?.length === 0);
  if (isEmptyItem(outer) || isEmpty) return false;
  if (outers.length === 0 || outer.entities?.includes("all")) return true;
  return inners.length > 0 && inners.every((list) => coversPeers(context, outer, inner, list));
}

function coversPeers(context: LintContext, outer: PlacedItem, inner: PlacedItem, list: PeerList): boolean {
  const isNamed = (entity: string) => outer.entities?.includes(entity) ?? false;
  switch (list) {
    case "endpoints": {
      const selectors = context.selectorsOf(outer);
      return (inner.endpoints ?? []).every((manifest) => {
        const labels = context.labelsSelected(context.peerSelector(inner, manifest));
        return labels.length > 0 && labels.every((one) => selectors.some((selector) => selects(selector, one)));
      });
    }
    case "entities":
      return (inner.entities ?? []).every(
        (entity) => isNamed(entity) || (ENTITIES_IN_CLUSTER.includes(entity) && isNamed("cluster")),
      );
    case "fqdns":
      return isNamed("world");
    case "cidrs":
    case "cidrSets":
      return isNamed("world") || coversBlocks(outer, inner);
    default:
      return false;
  }
}

function coversBlocks(outer: PlacedItem, inner: PlacedItem): boolean {
  const whole = (outer.cidrSets ?? []).filter(({ except }) => (except ?? []).length === 0).map(({ cidr }) => cidr);
  const blocks = [...(outer.cidrs ?? []), ...whole].flatMap((cidr) => parsePrefixOrAddress(cidr ?? "") ?? []);
  return [...(inner.cidrs ?? []), ...(inner.cidrSets ?? []).map(({ cidr }) => cidr)].every((cidr) => {
    const block = parsePrefixOrAddress(cidr ?? "");
    return block !== undefined && blocks.some((one) => prefixContains(one, block));
  });
}

function coversPorts(outer: PlacedItem, inner: PlacedItem): boolean {
  if ((outer.toPorts ?? []).length + (outer.icmps ?? []).length === 0) return true;
  if ((inner.icmps ?? []).length > 0) return false;
  const ports = (item: PlacedItem) => (item.toPorts ?? []).flatMap((rule) => rule.ports ?? []);
  const [outers, inners] = [ports(outer), ports(inner)];
  return inners.length > 0 && inners.every((port) => outers.some((other) => coversPort(other, port)));
}

function coversPort(outer: PortProtocol, inner: PortProtocol): boolean {
  const protocol = parseRuleProtocol(outer.protocol);
  if (protocol !== "ANY" && protocol !== parseRuleProtocol(inner.protocol)) return false;
  const [around, within] = [portRange(outer), portRange(inner)];
  return around !== undefined && within !== undefined && around.first <= within.first && within.last <= around.last;
}
