import { type LintRule, Severity } from "../finding";

export const neverInjected: LintRule = {
  id: "never-injected",
  severity: Severity.Warning,
  title: "A pod that asks for the mesh and never gets it",
  why:
    "The injector's webhook passes over kube-system and cert-manager, namespaces with the label config.linkerd.io/admission-webhooks=disabled, and pods of Linkerd itself, whatever " +
    "their annotations say (proxyInjector.namespaceSelector and objectSelector of the control plane's chart). Such pods stay in plain text, and nothing says so.",
  fix: "Move the workload to another namespace, or delete its annotation. proxyInjector.namespaceSelector in the control plane's values is what decides.",
  kubernetes: true,
  *check({ rules }) {
    const told = new Set<string>();
    for (const rule of rules)
      for (const { facts } of rule.subjects) {
        const by = facts.mesh?.passedOver;
        if (by === undefined || told.has(facts.id)) continue;
        told.add(facts.id);
        const message = `${facts.id} asks for Linkerd's proxy and never gets one, because of ${by}: its traffic is in plain text, on its own ports`;
        yield { policy: rule.policy, path: rule.path, message };
      }
  },
};
