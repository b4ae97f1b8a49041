import type { EvaluatedPolicy, ItemList, PortProtocol } from "../../cilium/api/policy";
import { isPortName } from "../../kubernetes/ports";
import { type LintRule, type Observation, Severity } from "../finding";

export const misreadNamedPort: LintRule = {
  id: "misread-named-port",
  severity: Severity.Error,
  title: "A `destinationNamedPort` that Cilium does not read as a name",
  why:
    "Cilium takes the text as it is. Kubernetes gives no port a name with capital letters, so such a rule matches nothing, while in a CiliumNetworkPolicy " +
    "Cilium would make the letters small. Text that cannot be a port's name, such as one of more than 15 characters, is read as a number, and Cilium " +
    "ignores that it is none: what is left is 0, which is every port. Read in Cilium 1.20.2 (`ParseClusterNetworkPolicy`).",
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

/** Each peer of a rule is an item with the same ports, of which the first is told. */
function misread(policy: number, { spec, ordered }: EvaluatedPolicy, list: ItemList): Observation[] {
  const told = new Set<number | undefined>();
  return (spec?.[list] ?? []).flatMap(({ toPorts }, place) => {
    const order = ordered?.items[list][place]?.priority;
    if (told.has(order)) return [];
    told.add(order);
    return (toPorts ?? []).flatMap(({ ports = [] }, index): Observation[] => {
      const words = wordsOf(ports[0]);
      if (words === undefined) return [];
      return [{ policy, path: ["spec", list, place, "toPorts", index], ...words }];
    });
  });
}

/** Only of a name there is no protocol, and only of one with capital letters no port. */
function wordsOf(port: PortProtocol | undefined): Pick<Observation, "message" | "severity"> | undefined {
  if (port === undefined)
    return {
      severity: Severity.Warning,
      message: "this name has capital letters, which no pod's port has, so the rule matches no port",
    };
  if (port.protocol !== undefined || isPortName(port.port ?? "")) return undefined;
  if (port.port === "0")
    return { message: "this is no name that a port can have, and Cilium reads it as every port of TCP, UDP and SCTP" };
  return {
    severity: Severity.Warning,
    message: `this is no name that a port can have, and Cilium reads it as the number ${port.port} of TCP, UDP and SCTP`,
  };
}
