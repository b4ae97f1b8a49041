import { servicePeerSelector } from "../cilium/api/selector";
import { clusterName } from "../cilium/policy/identity";
import type { ServiceFacts } from "../scenario/scenario";
import type { KnownEndpoint, LintContext } from "./context";

/** A Service by its name. */
export function serviceNamed({ scenario }: LintContext, namespace: string, name: string): ServiceFacts | undefined {
  return scenario.services?.find((service) => service.name === name && service.namespace === namespace);
}

/** The pods behind a Service. */
export function backendsOf(context: LintContext, { selector = {}, namespace }: ServiceFacts): KnownEndpoint[] {
  if (Object.keys(selector).length === 0) return [];
  const scope = { namespace, cluster: clusterName(context.scenario.cluster), subjectIsInit: false };
  return context
    .selected(servicePeerSelector(selector, namespace, scope))
    .filter(({ identity }) => identity.kind === "pod");
}

/** The ports of a pod to which a Service forwards one of its ports; without `port`, all of them. */
export function targetsOf({ facts }: KnownEndpoint, { ports = [] }: ServiceFacts, port?: number): number[] {
  const meant = port === undefined ? ports : ports.filter((own) => own.port === port);
  const targets = meant.length > 0 || port === undefined ? meant.map((own) => own.targetPort ?? own.port) : [port];
  return targets.flatMap((target) =>
    typeof target === "number"
      ? [target]
      : (facts.ports ?? []).filter(({ name }) => name === target).map((own) => own.port),
  );
}
