import { K8S_SOURCE, NAMESPACE_KEY, splitSource } from "../../cilium/api/labels";
import { type LintRule, Severity } from "../finding";
import { keysOf } from "../selector-keys";

export const foreignNamespaceSubject: LintRule = {
  id: "foreign-namespace-subject",
  severity: Severity.Error,
  scope: "policy",
  title: "A policy for pods of another namespace",
  why:
    "A CiliumNetworkPolicy is about pods of its own namespace. Cilium overwrites `k8s:io.kubernetes.pod.namespace` in its endpointSelector with " +
    "that, and says so only in the agent's log; without the prefix `k8s:` both conditions must hold, which no pod meets.",
  fix: "Put the policy into that namespace, or use a CiliumClusterwideNetworkPolicy.",
  *check({ rules }) {
    for (const { policy, path, rule, namespace } of rules)
      for (const { key, value, path: at } of keysOf(rule.endpointSelector, [...path, "endpointSelector"])) {
        const { source, key: bare } = splitSource(key);
        if (namespace === undefined || bare !== NAMESPACE_KEY || value === undefined || value === namespace) continue;
        const overwritten = source === K8S_SOURCE && at.at(-2) === "matchLabels";
        const effect = overwritten ? `Cilium selects pods of ${namespace} instead` : "so no pod is selected";
        yield { policy, path: at, message: `the policy is in ${namespace} and asks for pods of ${value}: ${effect}` };
      }
  },
};
