import { formatPath } from "../../common/problem";
import { type LintRule, Severity } from "../finding";

export const nullValue: LintRule = {
  id: "null-value",
  severity: Severity.Error,
  scope: "policy",
  title: "A null where a value belongs",
  why:
    "An empty template value usually causes it. A create (`kubectl apply`, Helm) drops the null from Cilium's policies: `matchLabels: {app: }` is stored " +
    "as `matchLabels: {}` and selects every pod, and `fromEndpoints:` without a value admits everybody. A server-side apply (Pulumi, Flux, and Argo CD if " +
    "enabled) refuses the policy. In Kubernetes' own policies both store Go's zero value instead: `ingress: [null]` admits everybody. Measured on a live " +
    "API server.",
  fix: "Write the value, or leave the field out if that is what you mean.",
  kubernetes: true,
  tiers: true,
  *check({ policies, nulls }) {
    for (const [policy, found] of nulls) {
      const isKubernetes = policies[policy]?.kind === "NetworkPolicy";
      for (const { path, stored } of found) {
        const becomes = stored ?? `if there were no ${formatPath(path.slice(-1)) || "such item"}`;
        const message = isKubernetes
          ? `is null and stored as ${becomes}`
          : `is null: a create stores it as ${becomes}, a server-side apply refuses the policy`;
        yield { policy, path, data: { storedAs: stored, isKubernetes }, message, asWritten: true };
      }
    }
  },
};
