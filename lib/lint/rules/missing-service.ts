import { matchingServices } from "../../cilium/policy/services";
import { knowsNoService } from "../../input/scenario/api-server-service";
import { type PlacedItem, peerPath } from "../context";
import { type LintRule, Severity } from "../finding";

export const missingService: LintRule = {
  id: "missing-service",
  severity: Severity.Error,
  title: "toServices names a Service that does not exist",
  why:
    "Cilium replaces toServices with what the Services select. If none of them exists, nothing is left, and a rule with ports but no peer applies to " +
    "anyone: it opens its ports to the world. Measured with Cilium 1.20.2's own engine.",
  fix:
    "Select the pods with toEndpoints instead, which matches nobody while they are missing. Or correct the name and namespace, or include the Service's " +
    "manifest in the input.",
  *check({ items, scenario }) {
    // Without `services`, the scenario does not say that there are none.
    const { services: known } = scenario;
    if (known === undefined) return;
    const knowledge = { unseen: scenario.unseenServices === true, none: knowsNoService(known) };
    for (const item of items.filter(({ deny }) => !deny)) {
      const missing = [...(item.services ?? []).entries()].filter(
        ([, reference]) => matchingServices(reference, known).length === 0,
      );
      const all = missing.length === item.services?.length;
      for (const [index, reference] of missing) {
        const { k8sService, k8sServiceSelector } = reference;
        const name = k8sService?.serviceName;
        const what = name === undefined ? "no Service has these labels" : `there is no Service ${name}`;
        const where = k8sService?.namespace === undefined ? "" : ` in ${k8sService.namespace}`;
        yield {
          policy: item.of.policy,
          path: [...peerPath(item, "services"), index],
          data: {
            name,
            namespace: k8sService?.namespace,
            selector: JSON.stringify(k8sServiceSelector),
            all,
            ...knowledge,
          },
          ...effect(item, all, `${what}${where}`, knowledge),
        };
      }
    }
  },
};

/** If the input has no Service at all, their manifests are probably elsewhere, so this is only a warning. */
function effect(
  item: PlacedItem,
  all: boolean,
  lacking: string,
  { unseen, none }: { unseen: boolean; none: boolean },
): { message: string; severity?: Severity } {
  const what = `${lacking}${unseen ? (none ? " in the input, nor any other" : " in the input") : ""}`;
  if (!all) return { severity: Severity.Warning, message: `${what}, so it adds nothing to this rule` };
  if ((item.toPorts ?? []).length + (item.icmps ?? []).length === 0)
    return { severity: Severity.Warning, message: `${what}, so this rule allows nothing` };
  const opens = "this rule allows its ports to anyone, the world included";
  if (!unseen) return { message: `${what}, so ${opens}` };
  return { ...(none && { severity: Severity.Warning }), message: `${what}; unless the cluster has it, ${opens}` };
}
