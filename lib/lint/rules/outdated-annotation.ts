import { type LintRule, Severity } from "../finding";

export const outdatedAnnotation: LintRule = {
  id: "outdated-annotation",
  severity: Severity.Warning,
  title: "A namespace annotation that running pods do not have yet",
  why:
    "Linkerd's injector copies a namespace's annotations into a pod when the pod is created; the proxy and the policy controller only read the pod's. If " +
    "the namespace's default inbound policy, opaque ports or skipped ports change later, running pods keep the old values.",
  fix: "Recreate the pods: `kubectl rollout restart`.",
  kubernetes: true,
  *check({ linkerd, rules }) {
    const reported = new Set<string>();
    const words = (id: string, names: readonly string[]) =>
      `${id} does not have its namespace's ${names.join(" and ")}: it was injected earlier`;
    for (const server of linkerd?.policy.objects.servers ?? [])
      for (const { facts } of linkerd?.selectedBy(server) ?? []) {
        const names = facts.mesh?.outdated;
        if (linkerd === undefined || names === undefined || reported.has(facts.id)) continue;
        reported.add(facts.id);
        yield {
          linkerd: linkerd.placeOf("Server", server),
          path: ["spec"],
          data: { pod: facts.id, annotations: names },
          message: words(facts.id, names),
        };
      }
    for (const rule of rules)
      for (const { facts } of rule.subjects) {
        const names = facts.mesh?.outdated;
        if (names === undefined || reported.has(facts.id)) continue;
        reported.add(facts.id);
        yield {
          policy: rule.policy,
          path: rule.path,
          data: { pod: facts.id, annotations: names },
          message: words(facts.id, names),
        };
      }
  },
};
