import { type LintRule, Severity } from "../finding";

export const neverInjected: LintRule = {
  id: "never-injected",
  severity: Severity.Warning,
  title: "A pod that asks for the mesh but is never injected",
  why:
    "Whatever their annotations say, the injector's webhook skips kube-system and cert-manager, namespaces with the label " +
    "config.linkerd.io/admission-webhooks=disabled, and Linkerd's own pods (proxyInjector.namespaceSelector and objectSelector in the control plane's " +
    "chart). Such pods stay in plain text, and nothing reports it.",
  fix: "Move the workload to another namespace, or delete its annotation. The deciding value is proxyInjector.namespaceSelector of the control plane.",
  kubernetes: true,
  *check({ rules }) {
    const reported = new Set<string>();
    for (const rule of rules)
      for (const { facts } of rule.subjects) {
        const by = facts.mesh?.injectionSkipped;
        if (by === undefined || reported.has(facts.id)) continue;
        reported.add(facts.id);
        const message = `${facts.id} asks for Linkerd's proxy but never gets one, because of ${by}: its traffic is in plain text, on its own ports`;
        yield { policy: rule.policy, path: rule.path, data: { pod: facts.id, by }, message };
      }
  },
};
