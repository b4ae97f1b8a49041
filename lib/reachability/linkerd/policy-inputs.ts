import { parseDefaultPolicy } from "../../linkerd/api/default-policy";
import { parseNetwork } from "../../linkerd/api/network";
import { ADMIN_PORT } from "../../linkerd/policy/decide";
import { CHART_SETTINGS, type PolicySettings } from "../../linkerd/policy/settings";
import { CONTROL_PLANE_LABEL, externalWorkload, podWorkload } from "../../linkerd/policy/workload";
import { INJECTED_PROXY } from "../../linkerd/wire/injection";
import type { AuthorizationFacts, ContainerFacts, EndpointFacts } from "../../scenario/scenario";

/** A meshed endpoint as Linkerd's policy controller sees it. */
export function policyWorkloadOf({
  namespace = "",
  labels = {},
  inbound,
  ports = [],
  external,
}: Pick<EndpointFacts, "namespace" | "labels" | "inbound" | "ports" | "external">) {
  if (external !== undefined) {
    const { labels: own = {}, annotations = {} } = external;
    return externalWorkload({
      namespace: external.namespace,
      labels: new Map(Object.entries(own)),
      annotations: new Map(Object.entries(annotations)),
      ports,
    });
  }
  const declared = ports.map(({ name, port, protocol }) => ({
    containerPort: port,
    ...(name !== undefined && { name }),
    ...(protocol !== undefined && { protocol }),
  }));
  return podWorkload({
    namespace,
    labels: new Map([[CONTROL_PLANE_LABEL, "linkerd"], ...Object.entries(labels)]),
    annotations: new Map(Object.entries(inbound?.annotations ?? {})),
    containers: withProxy(inbound?.containers ?? [{ ports: declared }]),
  });
}

/** Adds the proxy container, which manifests lack before injection: without it, a Server on 4191 would seem to deny the kubelet's probes of the proxy. */
function withProxy(containers: readonly ContainerFacts[]): readonly ContainerFacts[] {
  const isThere = containers.some(({ ports }) => ports?.some(({ containerPort }) => containerPort === ADMIN_PORT));
  return isThere ? containers : [...containers, INJECTED_PROXY];
}

/** The settings that the policy controller was installed with. */
export function policySettingsOf({
  defaultPolicy = "",
  clusterNetworks,
  probeNetworks,
  egressNamespace,
  identityTrustDomain,
  controlPlaneNamespace,
}: AuthorizationFacts): PolicySettings {
  return {
    controlPlaneNamespace: controlPlaneNamespace ?? CHART_SETTINGS.controlPlaneNamespace,
    trustDomain: identityTrustDomain ?? CHART_SETTINGS.trustDomain,
    clusterNetworks: clusterNetworks?.map(parseNetwork) ?? CHART_SETTINGS.clusterNetworks,
    egressNamespace: egressNamespace ?? CHART_SETTINGS.egressNamespace,
    probeNetworks: probeNetworks?.map(parseNetwork) ?? CHART_SETTINGS.probeNetworks,
    defaultPolicy: parseDefaultPolicy(defaultPolicy) ?? CHART_SETTINGS.defaultPolicy,
  };
}
