import { type LintRule, Severity } from "../finding";

export const outdatedAnnotation: LintRule = {
  id: "outdated-annotation",
  severity: Severity.Warning,
  title: "An annotation of the namespace that running pods do not have yet",
  why:
    "Linkerd's injector copies the annotations of a namespace into a pod when the pod is made, and the proxy and the policy controller read the pod's alone. What a namespace says " +
    "later of its default inbound policy, of opaque or of skipped ports changes nothing for pods that run.",
  fix: "Make the pods anew: `kubectl rollout restart`.",
  kubernetes: true,
  *check({ linkerd, rules }) {
    const told = new Set<string>();
    const words = (id: string, names: readonly string[]) =>
      `${id} runs without what its namespace says by ${names.join(" and ")}: it was injected before`;
    for (const server of linkerd?.policy.objects.servers ?? [])
      for (const { facts } of linkerd?.selectedBy(server) ?? []) {
        const names = facts.mesh?.outdated;
        if (linkerd === undefined || names === undefined || told.has(facts.id)) continue;
        told.add(facts.id);
        yield { linkerd: linkerd.placeOf("Server", server), path: ["spec"], message: words(facts.id, names) };
      }
    for (const rule of rules)
      for (const { facts } of rule.subjects) {
        const names = facts.mesh?.outdated;
        if (names === undefined || told.has(facts.id)) continue;
        told.add(facts.id);
        yield { policy: rule.policy, path: rule.path, message: words(facts.id, names) };
      }
  },
};
