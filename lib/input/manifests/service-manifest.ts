import { ANY_KEY } from "../../cilium/api/labels";
import type { Place } from "../../common/problem";
import type { EndpointFacts, NamedPort, ServiceFacts } from "../../scenario/scenario";

/** A Service, and the numeric ports of pods that it leads to. Named ones are already declared by the pods. */
export interface ServiceManifest extends ServiceFacts {
  targetPorts?: NamedPort[];
  /** Those of a LoadBalancer, and its `externalIPs`. */
  outerAddresses?: string[];
  /**
   * Clients outside come to it by any node, which puts its address in place of theirs, and what would have to be known to say so. Absent: none do, or
   * their address is kept (`externalTrafficPolicy: Local`).
   */
  outside?: { missing?: string; place: Place };
  /** Clients outside come to it by the node of the pod alone, which keeps their address. Default: see `outside`. */
  keepsClients?: true;
  /** Its annotation `service.cilium.io/forwarding-mode`. */
  forwardingMode?: string;
  /** Its ports that `config.linkerd.io/opaque-ports` names. */
  opaquePorts?: number[];
}

/** What of a Service is part of a scenario. */
export function serviceFacts({
  targetPorts: _,
  opaquePorts: __,
  outerAddresses: ___,
  outside: ____,
  keepsClients: ______,
  forwardingMode: _____,
  ...service
}: ServiceManifest): ServiceFacts {
  return service;
}

/** Whether a Service selects a workload's pods. */
export function selectsPod(
  { namespace, selector = {} }: Pick<ServiceManifest, "namespace" | "selector">,
  { namespace: of, labels }: EndpointFacts,
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && namespace === of && wanted.every(([key, value]) => labels?.[key] === value);
}

/** What would have to be known to say whether a Service selects a workload's pods. Undefined: {@link selectsPod} says it. */
export function unknownSelection(
  { namespace, selector = {} }: Pick<ServiceManifest, "namespace" | "selector">,
  { namespace: of, labels = {}, unknownLabels = {} }: EndpointFacts,
): string | undefined {
  if (namespace !== of) return undefined;
  const loose = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const doubts = loose.map(([key]) => unknownLabels[key] ?? (key in labels ? undefined : unknownLabels[ANY_KEY]));
  return doubts.includes(undefined) ? undefined : doubts[0];
}

/** Whether a Service is the API server's own. */
export const isApiServers = ({ name, namespace }: Pick<ServiceFacts, "name" | "namespace">): boolean =>
  name === "kubernetes" && namespace === "default";
