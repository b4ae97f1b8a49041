import { ANY_KEY } from "../../cilium/api/labels";
import type { Place } from "../../common/problem";
import type { EndpointFacts, NamedPort, ServiceFacts } from "../../scenario/scenario";

/** A Service, with its numeric target ports. The pods themselves declare named ones. */
export interface ServiceManifest extends ServiceFacts {
  targetPorts?: NamedPort[];
  /** The addresses of its load balancer, and its `externalIPs`. */
  outerAddresses?: string[];
  /**
   * Outside clients may reach it through any node, which replaces their address with its own; and what would have to be known to tell whether they
   * do. Absent: there are none, or their address is kept (`externalTrafficPolicy: Local`).
   */
  outside?: { missing?: string; place: Place };
  /** Outside clients reach it only through the pod's own node, which keeps their address. Default: see `outside`. */
  keepsClients?: true;
  /** Its annotation `service.cilium.io/forwarding-mode`. */
  forwardingMode?: string;
  /** Its ports in `config.linkerd.io/opaque-ports`. */
  opaquePorts?: number[];
}

/** The facts about a Service that are part of a scenario. */
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

/** What would have to be known to tell whether a Service selects a workload's pods. Undefined: {@link selectsPod} is certain. */
export function unknownSelection(
  { namespace, selector = {} }: Pick<ServiceManifest, "namespace" | "selector">,
  { namespace: of, labels = {}, unknownLabels = {} }: EndpointFacts,
): string | undefined {
  if (namespace !== of) return undefined;
  const unmatched = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const reasons = unmatched.map(([key]) => unknownLabels[key] ?? (key in labels ? undefined : unknownLabels[ANY_KEY]));
  return reasons.includes(undefined) ? undefined : reasons[0];
}

/** Whether a Service is the API server's own. */
export const isApiServers = ({ name, namespace }: Pick<ServiceFacts, "name" | "namespace">): boolean =>
  name === "kubernetes" && namespace === "default";
