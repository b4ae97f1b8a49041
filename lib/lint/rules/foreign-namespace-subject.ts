import { K8S_SOURCE, NAMESPACE_KEY, splitSource } from "../../cilium/api/labels";
import { type LintRule, Severity } from "../finding";
import { keysOf } from "../selector-keys";

export const foreignNamespaceSubject: LintRule = {
  id: "foreign-namespace-subject",
  severity: Severity.Error,
  scope: "policy",
  title: "A policy that selects pods of another namespace",
  why:
    "A CiliumNetworkPolicy applies to pods of its own namespace. Cilium overwrites `k8s:io.kubernetes.pod.namespace` in its endpointSelector with that " +
    "namespace, and only the agent's log says so. Without the prefix `k8s:` both conditions have to hold, which no pod can meet.",
  fix: "Move the policy to that namespace, or use a CiliumClusterwideNetworkPolicy.",
  *check({ rules }) {
    for (const { policy, path, rule, namespace } of rules)
      for (const { key, value, path: at } of keysOf(rule.endpointSelector, [...path, "endpointSelector"])) {
        const { source, key: bare } = splitSource(key);
        if (namespace === undefined || bare !== NAMESPACE_KEY || value === undefined || value === namespace) continue;
        const overwritten = source === K8S_SOURCE && at.at(-2) === "matchLabels";
        const effect = overwritten ? `Cilium selects pods of ${namespace} instead` : "so no pod is selected";
        yield {
          policy,
          path: at,
          data: { namespace: value, overwritten },
          message: `the policy is in ${namespace} and asks for pods of ${value}: ${effect}`,
        };
      }
  },
};
