import { type LintRule, Severity } from "../finding";

export const missingNamespace: LintRule = {
  id: "missing-namespace",
  severity: Severity.Warning,
  scope: "policy",
  title: "A CiliumNetworkPolicy without a namespace",
  why:
    "Without a namespace the policy goes to the namespace of whoever applies it, usually `default`. Cilium's own parser takes a policy that still has " +
    "none for a clusterwide one (Cilium `cnp_types.go`).",
  fix: "Write metadata.namespace.",
  *check({ policies }) {
    for (const [index, { kind, metadata }] of policies.entries())
      if (kind === "CiliumNetworkPolicy" && !metadata.namespace)
        yield {
          policy: index,
          path: ["metadata"],
          data: {},
          message:
            "without a namespace, it depends on who applies this which pods it selects; `default` is assumed here",
        };
  },
};
