import { type KnownEndpoint, type PlacedRule, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { idsOf, names } from "../text";

export const hostNetworkPod: LintRule = {
  id: "host-network-pod",
  severity: Severity.Warning,
  title: "A pod in its node's network namespace",
  why:
    "A pod with `hostNetwork: true` has its node's address and therefore its node's identity. Cilium never sees its labels, no policy for pods applies to " +
    "it, and to other pods it is `host` or `remote-node`.",
  fix:
    "To allow or deny it as a peer, use the entities `host` and `remote-node`, which cover every process on the nodes. To restrict the pod itself, use a " +
    "CiliumClusterwideNetworkPolicy with nodeSelector and Cilium's host firewall (`hostFirewall.enabled`).",
  kubernetes: {
    fix: "To allow it as a peer, use a CiliumNetworkPolicy with the entities `host` and `remote-node`. No NetworkPolicy restricts the pod itself.",
  },
  *check(context) {
    for (const placed of context.rules) {
      const onNodes = placed.subject === undefined ? [] : context.selectedOnNodes(placed.subject);
      if (onNodes.length > 0) yield subject(placed, onNodes);
    }
    for (const item of context.items)
      for (const [index, manifest] of (item.endpoints ?? []).entries()) {
        const selector = context.peerSelector(item, manifest);
        const onNodes = context.selectedOnNodes(selector);
        // If the selector also selects other pods, mostly a whole namespace, this pod was hardly meant.
        if (onNodes.length === 0 || context.selected(selector).length > 0) continue;
        yield {
          policy: item.of.policy,
          path: [...peerPath(item, "endpoints"), index],
          fix: "Write the entities `host` and `remote-node`, which cover every process on the nodes.",
          data: { pods: idsOf(onNodes) },
          message: `${matching(onNodes)}, so this ${item.deny ? "denies" : "allows"} nobody`,
        };
      }
  },
};

function subject({ policy, path, subjects }: PlacedRule, onNodes: readonly KnownEndpoint[]): Observation {
  const fix =
    "No policy for pods applies to such a pod. To restrict its node, use a CiliumClusterwideNetworkPolicy with nodeSelector and Cilium's host firewall (`hostFirewall.enabled`).";
  const base = {
    policy,
    path: [...path, "endpointSelector"],
    fix,
    data: { pods: idsOf(onNodes), appliesToOthers: subjects.length > 0 },
  };
  return subjects.length === 0
    ? { ...base, message: `${matching(onNodes)}, so the policy applies to no pod` }
    : {
        ...base,
        severity: Severity.Info,
        message: `the policy does not apply to ${names(onNodes)}: in its node's network, a pod has its node's identity`,
      };
}

const matching = (onNodes: readonly KnownEndpoint[]) =>
  `only pods in their node's network have these labels (${names(onNodes)})`;
