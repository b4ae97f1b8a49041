import type { PortProtocol } from "../../cilium/api/policy";
import { selects } from "../../cilium/api/selector";
import { getOrMake } from "../../common/maps";
import { formatPath } from "../../common/problem";
import { describeObject } from "../../input/manifests/objects";
import { parsePrefixOrAddress, prefixContains } from "../../kubernetes/cidr";
import { parseRuleProtocol } from "../../kubernetes/ports";
import { type LintContext, type PeerList, type PlacedItem, peerLists } from "../context";
import { saysNothing } from "../empty-lists";
import { type LintRule, Severity } from "../finding";
import { portRange } from "../port-range";

export const deniedAnyway: LintRule = {
  id: "denied-anyway",
  severity: Severity.Warning,
  title: "An exception from what is denied",
  why:
    "A flow that any rule denies is denied, however much narrower the rule that allows it is and whichever policy it is in: denying rules have no exceptions " +
    "(Cilium's documentation, deny policies).",
  fix: "Deny less, by name or with `except`. Mostly default deny is enough: what no rule allows is cut without a denying rule.",
  kubernetes: { fix: "Deny less in the CiliumNetworkPolicy, or delete this rule." },
  *check(context) {
    const denying = new Map(context.rules.map((rule) => [rule, context.itemsOf(rule).filter(({ deny }) => deny)]));
    if ([...denying.values()].every((items) => items.length === 0)) return;
    for (const item of context.items) {
      if (item.deny || saysNothing(item)) continue;
      // Pods share most of the rules that are about them.
      const known = new Map<PlacedItem, boolean>();
      const denies = (deny: PlacedItem) => getOrMake(known, deny, () => covers(context, deny, item));
      const denials = context
        .rulesOfSubjects(item.of)
        .map((about) => about.flatMap((rule) => denying.get(rule) ?? []).find(denies));
      const [first] = denials;
      if (first === undefined || denials.includes(undefined)) continue;
      const { kind, metadata } = context.policies[first.of.policy] ?? {};
      const { name = "", namespace } = metadata ?? {};
      const where = describeObject({ kind: kind ?? "", name, ...(namespace !== undefined && { namespace }) });
      yield {
        policy: item.of.policy,
        path: item.path,
        message: `${formatPath(first.path)} of ${where} denies all of this, and denying wins, so it allows nothing`,
      };
    }
  },
};

/** Whether everything that an item allows is surely denied by another. */
function covers(context: LintContext, deny: PlacedItem, allow: PlacedItem): boolean {
  if (deny.direction !== allow.direction || !coversPorts(deny, allow)) return false;
  const [denied, allowed] = [peerLists(deny), peerLists(allow)];
  // Empty lists are other traps.
  const isEmpty = denied.some((list) => deny[list]?.length === 0) || allowed.some((list) => allow[list]?.length === 0);
  if (saysNothing(deny) || isEmpty) return false;
  if (denied.length === 0 || deny.entities?.includes("all")) return true;
  return allowed.length > 0 && allowed.every((list) => coversPeers(context, deny, allow, list));
}

function coversPeers(context: LintContext, deny: PlacedItem, allow: PlacedItem, list: PeerList): boolean {
  const isDenied = (entity: string) => deny.entities?.includes(entity) ?? false;
  switch (list) {
    case "endpoints": {
      const selectors = context.selectorsOf(deny);
      return (allow.endpoints ?? []).every((manifest) => {
        const labels = context.labelsSelected(context.peerSelector(allow, manifest));
        return labels.length > 0 && labels.every((one) => selectors.some((selector) => selects(selector, one)));
      });
    }
    case "entities":
      return (allow.entities ?? []).every(
        (entity) => isDenied(entity) || (ofTheCluster.has(entity) && isDenied("cluster")),
      );
    case "fqdns":
      return isDenied("world");
    case "cidrs":
    case "cidrSets":
      return isDenied("world") || coversBlocks(deny, allow);
    default:
      return false;
  }
}

const ofTheCluster: ReadonlySet<string> = new Set([
  "host",
  "remote-node",
  "kube-apiserver",
  "init",
  "ingress",
  "health",
  "unmanaged",
]);

function coversBlocks(deny: PlacedItem, allow: PlacedItem): boolean {
  const whole = (deny.cidrSets ?? []).filter(({ except }) => (except ?? []).length === 0).map(({ cidr }) => cidr);
  const denied = [...(deny.cidrs ?? []), ...whole].flatMap((cidr) => parsePrefixOrAddress(cidr ?? "") ?? []);
  return [...(allow.cidrs ?? []), ...(allow.cidrSets ?? []).map(({ cidr }) => cidr)].every((cidr) => {
    const block = parsePrefixOrAddress(cidr ?? "");
    return block !== undefined && denied.some((outer) => prefixContains(outer, block));
  });
}

function coversPorts(deny: PlacedItem, allow: PlacedItem): boolean {
  if ((deny.toPorts ?? []).length + (deny.icmps ?? []).length === 0) return true;
  if ((allow.icmps ?? []).length > 0) return false;
  const ports = (item: PlacedItem) => (item.toPorts ?? []).flatMap((rule) => rule.ports ?? []);
  const [denied, allowed] = [ports(deny), ports(allow)];
  return allowed.length > 0 && allowed.every((port) => denied.some((other) => coversPort(other, port)));
}

function coversPort(deny: PortProtocol, allow: PortProtocol): boolean {
  const protocol = parseRuleProtocol(deny.protocol);
  if (protocol !== "ANY" && protocol !== parseRuleProtocol(allow.protocol)) return false;
  const [outer, inner] = [portRange(deny), portRange(allow)];
  return outer !== undefined && inner !== undefined && outer.first <= inner.first && inner.last <= outer.last;
}
