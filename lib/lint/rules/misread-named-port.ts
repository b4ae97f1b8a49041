import type { EvaluatedPolicy, ItemList, PortProtocol } from "../../cilium/api/policy";
import { isPortName } from "../../kubernetes/ports";
import { type LintRule, type Observation, Severity } from "../finding";

export const misreadNamedPort: LintRule = {
  id: "misread-named-port",
  severity: Severity.Error,
  title: "A `destinationNamedPort` that Cilium does not read as a name",
  why:
    "Cilium takes the text literally. Kubernetes allows no capital letters in port names, so such a rule matches nothing, while in a CiliumNetworkPolicy " +
    "Cilium lower-cases the name. Text that is not a valid port name, such as one of more than 15 characters, is parsed as a number. Cilium ignores that " +
    "this fails and uses 0, which means every port. Read in Cilium 1.20.2 (`ParseClusterNetworkPolicy`).",
  fix: "Write the name as the pods declare it: at most 15 lower-case letters, digits and dashes. For a number, use `tcp`, `udp` or `sctp`.",
  tiers: true,
  *check({ policies, refused }) {
    for (const [policy, one] of policies.entries()) {
      if (one.ordered === undefined || one.unread !== undefined || refused.has(policy)) continue;
      yield* LISTS.flatMap((list) => misread(policy, one, list));
    }
  },
};

const LISTS: readonly ItemList[] = ["ingress", "ingressDeny", "egress", "egressDeny"];

/** Reports each rule once, although each of its peers is an item with the same ports. */
function misread(policy: number, { spec, ordered }: EvaluatedPolicy, list: ItemList): Observation[] {
  const reported = new Set<number | undefined>();
  return (spec?.[list] ?? []).flatMap(({ toPorts }, place) => {
    const order = ordered?.items[list][place]?.priority;
    if (reported.has(order)) return [];
    reported.add(order);
    return (toPorts ?? []).flatMap(({ ports = [] }, index): Observation[] => {
      const words = wordsOf(ports[0]);
      if (words === undefined) return [];
      return [{ policy, path: ["spec", list, place, "toPorts", index], ...words }];
    });
  });
}

/** In the translation, only a name lacks a protocol, and only a name with capital letters lacks a port. */
function wordsOf(port: PortProtocol | undefined): Pick<Observation, "data" | "message" | "severity"> | undefined {
  if (port === undefined)
    return {
      severity: Severity.Warning,
      data: {},
      message: "this name has capital letters, which no pod's port name has, so the rule matches no port",
    };
  if (port.protocol !== undefined || isPortName(port.port ?? "")) return undefined;
  if (port.port === "0")
    return {
      data: { readAs: 0 },
      message: "this is not a valid port name, and Cilium reads it as every port of TCP, UDP and SCTP",
    };
  return {
    severity: Severity.Warning,
    data: { readAs: port.port },
    message: `this is not a valid port name, and Cilium reads it as the number ${port.port} of TCP, UDP and SCTP`,
  };
}
