import { peerPath } from "../context";
import { type LintRule, Severity } from "../finding";

export const deniedService: LintRule = {
  id: "denied-service",
  severity: Severity.Error,
  scope: "policy",
  title: "toServices in a deny rule",
  why:
    "Cilium looks up Services only for rules that allow (`processRule` in pkg/policy/k8s/service.go). A deny rule is left without a peer, whether or not " +
    "the Service exists: it denies nobody or, if it names ports, denies them to everyone. Measured with Cilium 1.20.2's own engine.",
  fix: "Select the pods behind the Service with toEndpoints, or its addresses with toCIDRSet.",
  *check({ items }) {
    for (const item of items) {
      if (!item.deny || (item.services ?? []).length === 0) continue;
      const hasPorts = (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
      const effect = hasPorts ? "its ports are denied to anyone, the world included" : "it denies nobody";
      yield {
        policy: item.of.policy,
        path: peerPath(item, "services"),
        data: { hasPorts },
        message: `Cilium looks up no Service in a deny rule, so ${effect}`,
      };
    }
  },
};
