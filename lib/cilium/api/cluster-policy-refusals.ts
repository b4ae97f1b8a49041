import { type Problem, problem } from "../../common/problem";
import { fqdnProblem } from "./fqdn";
import type { EgressRule, EvaluatedPolicy } from "./policy";

/** Why Cilium's agent refuses a ClusterNetworkPolicy that the API server accepted. None of its rules has an effect then. */
export function clusterPolicyRefusals({ spec = {}, ordered }: EvaluatedPolicy, l7Proxy: boolean): Problem[] {
  return (["egress", "egressDeny"] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((item: EgressRule, index): Problem[] => {
      const at = ["spec", list, index, item.toNodes === undefined ? "toFQDNs" : "toNodes"];
      if (item.toNodes !== undefined)
        return [
          problem(
            "invalid-peer",
            at,
            "peers by nodes need the agent's --enable-node-selector-labels, which is off by default",
          ),
        ];
      if (item.toFQDNs === undefined) return [];
      if (list === "egressDeny" || ordered?.items.egress[index]?.passes === true)
        return [problem("invalid-peer", at, "Cilium accepts domainNames only in a rule with the action Accept")];
      if (!l7Proxy) return [problem("invalid-peer", at, "domainNames need Cilium's L7 proxy, which is off")];
      const reasons = item.toFQDNs.map(fqdnProblem).filter((reason) => reason !== undefined);
      return reasons.map((reason) => problem("invalid-peer", at, reason));
    }),
  );
}
