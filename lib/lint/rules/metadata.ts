import { type LintRule, Severity } from "../finding";

export const missingNamespace: LintRule = {
  id: "missing-namespace",
  severity: Severity.Warning,
  title: "A CiliumNetworkPolicy without a namespace",
  why:
    "kubectl and Pulumi put it into the namespace of whoever applies it, mostly `default`. Cilium's own parser takes a policy that still has none for a " +
    "clusterwide one (Cilium `cnp_types.go`).",
  fix: "Write metadata.namespace.",
  *check({ policies }) {
    for (const [index, { kind, metadata }] of policies.entries())
      if (kind === "CiliumNetworkPolicy" && !metadata.namespace)
        yield {
          policy: index,
          path: ["metadata"],
          message:
            "without a namespace it depends on whoever applies it which pods this is about; here `default` is assumed",
        };
  },
};
