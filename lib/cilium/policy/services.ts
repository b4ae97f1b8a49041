import type { ServiceFacts } from "../../scenario/scenario";
import { ANY_SOURCE, K8S_SOURCE, LabelSet } from "../api/labels";
import type { ServiceSelector } from "../api/policy";
import { missingFact, plainSelector, type Selector, selector, selects } from "../api/selector";

/** The Services that a member of `toServices` refers to (`processRule` in `pkg/policy/k8s/service.go`). Without a namespace: those of any. */
export function matchingServices(reference: ServiceSelector, services: readonly ServiceFacts[]): ServiceFacts[] {
  const { k8sServiceSelector: bySelector, k8sService: byName } = reference;
  if (bySelector !== undefined && bySelector !== null) {
    const selector = ignoringSource(plainSelector(bySelector.selector ?? {}));
    return services.filter((service) => {
      if (!inNamespace(bySelector.namespace, service)) return false;
      const labels = serviceLabels(service);
      return selects(selector, labels) && missingFact(selector, labels) === undefined;
    });
  }
  if (byName === undefined || byName === null) return [];
  return services.filter(
    (service) => inNamespace(byName.namespace, service) && service.name === (byName.serviceName ?? ""),
  );
}

/** The missing facts, in words, for Services to which a member of `toServices` may refer. */
export function undecidedServices(
  { k8sServiceSelector: bySelector }: ServiceSelector,
  services: readonly ServiceFacts[],
): string[] {
  if (bySelector === undefined || bySelector === null) return [];
  const selector = ignoringSource(plainSelector(bySelector.selector ?? {}));
  return services.flatMap((service) =>
    inNamespace(bySelector.namespace, service) ? (missingFact(selector, serviceLabels(service)) ?? []) : [],
  );
}

/** The Services that a member of `toServices` refers to, in words; undefined if it can refer to none. */
export function describeService({
  k8sServiceSelector: bySelector,
  k8sService: byName,
}: ServiceSelector): string | undefined {
  const where = (namespace: string | undefined) => (namespace ? ` in the namespace "${namespace}"` : "");
  if (bySelector !== undefined && bySelector !== null)
    return `the Services with the labels ${JSON.stringify(bySelector.selector ?? {})}${where(bySelector.namespace)}`;
  if (byName === undefined || byName === null) return undefined;
  return `the Service "${byName.serviceName ?? ""}"${where(byName.namespace)}`;
}

function inNamespace(namespace: string | undefined, service: ServiceFacts): boolean {
  return !namespace || namespace === service.namespace;
}

/** A Service's labels have no source, so the sources in a selector are ignored (`labelsMatcher`). */
function ignoringSource({ requirements }: Selector): Selector {
  return selector(requirements.map((requirement) => ({ ...requirement, source: ANY_SOURCE })));
}

function serviceLabels({ labels, unknownLabels = {} }: ServiceFacts): LabelSet {
  return new LabelSet(
    Object.entries(labels ?? {}).map(([key, value]) => ({ source: K8S_SOURCE, key, value })),
    new Map(Object.entries(unknownLabels)),
  );
}
