/** On a pod or its namespace: whether pods are injected. `enabled`, `ingress` or `disabled`. */
export const INJECT_ANNOTATION = "linkerd.io/inject";
/** The name of the proxy's container in an injected pod. */
export const PROXY_CONTAINER = "linkerd-proxy";

/** The ports and probes of the container that the injector adds (`charts/partials/templates/_proxy.tpl`). */
export const INJECTED_PROXY = {
  ports: [
    { name: "linkerd-proxy", containerPort: 4143 },
    { name: "linkerd-admin", containerPort: 4191 },
  ],
  livenessProbe: { httpGet: { path: "/live", port: 4191 } },
  readinessProbe: { httpGet: { path: "/ready", port: 4191 } },
} as const;

/** Namespaces that the injector's webhook skips, whatever their annotations (linkerd2 `linkerd-control-plane/values.yaml`). */
export const EXEMPT_NAMESPACES: readonly string[] = ["kube-system", "cert-manager"];
const exemptLabel = "config.linkerd.io/admission-webhooks";
/** Labels of pods that the webhook skips (`proxyInjector.objectSelector`). */
const exemptPodLabels = ["linkerd.io/control-plane-component", "linkerd.io/cni-resource"];

type Labels = Readonly<Record<string, string>>;

/** Why the injector of a default installation never sees a pod, if so. The pod's annotations then have no effect. */
export function exemptionOf(namespace: string, namespaceLabels: Labels, podLabels: Labels): string | undefined {
  if (EXEMPT_NAMESPACES.includes(namespace)) return `the namespace ${namespace}`;
  if (namespaceLabels[exemptLabel] === "disabled") return `the label ${exemptLabel}=disabled of the namespace`;
  const label = exemptPodLabels.find((key) => podLabels[key] !== undefined);
  return label && `the label ${label} of the pod`;
}

/** Owners that the injector names in a label; a Job's own name is made when its CronJob makes it, and a bare pod has no owner. */
const labelledKinds = ["Deployment", "ReplicationController", "ReplicaSet", "Job", "DaemonSet", "StatefulSet"];

/** The labels that the injector adds to the pods of a workload (linkerd2 `pkg/inject/inject.go`). They are part of a pod's identity. */
export function injectedLabels(namespace: string, name: string, kind = "Deployment"): { [key: string]: string } {
  return {
    "linkerd.io/control-plane-ns": "linkerd",
    ...(labelledKinds.includes(kind) && { [`linkerd.io/proxy-${kind.toLowerCase()}`]: name }),
    "linkerd.io/workload-ns": namespace,
  };
}
