import { portNameKey, ruleProtocolNumbers } from "../../kubernetes/ports";
import { type LintContext, type PlacedItem, peerListsOf } from "../context";
import { type FindingData, type LintRule, Severity } from "../finding";
import { meshNames, type NamedPort, namedPorts } from "../rule-ports";
import { idsOf, names } from "../text";

export const unknownNamedPort: LintRule = {
  id: "unknown-named-port",
  severity: Severity.Error,
  title: "A named port that no pod has",
  why:
    "Cilium looks up a port's name among the containers' ports: in ingress rules those of the selected pods, in egress rules those of each peer. If it " +
    "finds none, it silently drops the rule. The protocol has to match the container's, and only pods have named ports.",
  fix: "Write the number, or give the container's port this name.",
  kubernetes: true,
  *check(context) {
    for (const item of context.items)
      for (const named of namedPorts(item)) {
        if (meshNames.has(named.name)) continue;
        const whose = nobodyHas(context, item, named);
        if (whose === undefined) continue;
        const message = `${whose.words}, so this ${item.deny ? "denies" : "allows"} nothing`;
        yield {
          policy: item.of.policy,
          path: named.path,
          data: { port: named.name, protocol: named.protocol, ...whose.data },
          message,
        };
      }
  },
};

function nobodyHas(
  context: LintContext,
  item: PlacedItem,
  { name, protocol }: NamedPort,
): { words: string; data: FindingData } | undefined {
  if (hasNoPodAsPeer(context, item)) return { words: "only ports of pods have names", data: { isOfPods: false } };
  const servers = item.direction === "ingress" ? item.of.subjects : context.peersOf(item);
  // Pods that declare no port at all may still listen, so they prove nothing.
  const declaring = servers.filter(({ identity, facts }) => identity.kind === "pod" && (facts.ports ?? []).length > 0);
  const keys = ruleProtocolNumbers(protocol).map((number) => portNameKey(name, number));
  const isKnown = declaring.some(({ identity }) => keys.some((key) => identity.namedPorts.has(key)));
  if (declaring.length === 0 || isKnown) return undefined;
  // Linkerd's policy controller also reads ports of init containers, so a Server may use names that no Cilium policy can.
  const isOfInit = declaring.some(({ facts }) =>
    facts.inbound?.containers?.some(({ ports }) => ports?.some((port) => port.name === name)),
  );
  const data = { pods: idsOf(declaring), isOfInit };
  if (isOfInit) return { words: `"${name}" is a port of an init container, whose ports Cilium does not read`, data };
  const kind = protocol === "ANY" ? "" : `${protocol} `;
  return { words: `no container of ${names(declaring)} has a ${kind}port "${name}"`, data };
}

const withoutPods: ReadonlySet<string> = new Set(["world", "host", "remote-node", "kube-apiserver"]);

/** Whether named ports of an item are looked up among peers that cannot be pods. */
function hasNoPodAsPeer({ scenario }: LintContext, item: PlacedItem): boolean {
  const lists = peerListsOf(item);
  if (item.direction === "ingress" || lists.length === 0) return false;
  const areBlocksOutside = !scenario.cluster?.cidrMatchMode?.includes("pods");
  return lists.every((list) => {
    if (list === "entities") return item.entities?.every((entity) => withoutPods.has(entity));
    return list === "fqdns" || (areBlocksOutside && (list === "cidrs" || list === "cidrSets"));
  });
}
