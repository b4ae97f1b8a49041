import type { HelmValues } from "../../common/helm-values";
import type { Path, Problem } from "../../common/problem";
import { EXEMPT_NAMESPACES, INJECT_ANNOTATION } from "../wire/injection";

/**
 * What Linkerd's injector does with a namespace or a pod.
 * @enum
 */
export const InjectionMode = {
  /** New pods get the proxy. */
  Enabled: "enabled",
  /** New pods get the proxy in the mode for ingress controllers, which route by the Host header. */
  Ingress: "ingress",
  /** New pods do not get the proxy, even if their namespace is injected. */
  Disabled: "disabled",
} as const;
export type InjectionMode = (typeof InjectionMode)[keyof typeof InjectionMode];

/** The generations of the trust anchor that a pod was started with. It only has to change when they do. */
const trustAnchorsAnnotation = "meshfence.dev/trust-anchors";

/**
 * Annotations for a namespace that the stack owns: pods created in it from now on are meshed. Pods that run already are not
 * touched.
 *
 * @example
 * import * as k8s from "@pulumi/kubernetes";
 * import { namespaceInjection } from "meshfence";
 *
 * new k8s.core.v1.Namespace("shop", { metadata: { annotations: namespaceInjection() } });
 */
export function namespaceInjection(mode: InjectionMode = InjectionMode.Enabled): { [key: string]: string } {
  return { [INJECT_ANNOTATION]: mode };
}

/**
 * Annotations for a pod template. The proxy reads the trust anchors only when its pod starts, so that pods have to restart when the anchors change.
 * The generations in an annotation ensure that.
 */
export function podInjection(
  trustAnchorGenerations: readonly string[],
  mode: InjectionMode = InjectionMode.Enabled,
): { [key: string]: string } {
  return { [INJECT_ANNOTATION]: mode, ...trustAnchorAnnotation(trustAnchorGenerations) };
}

/** {@link podInjection} for pods whose chart sets the injection annotation itself. */
export function trustAnchorAnnotation(generations: readonly string[]): { [key: string]: string } {
  return { [trustAnchorsAnnotation]: [...generations].sort().join(",") };
}

export function exemptNamespaceProblems(where: Path, namespace: string): Problem[] {
  if (!EXEMPT_NAMESPACES.includes(namespace)) return [];
  return [
    {
      code: "exempt-namespace",
      path: where,
      message: `Linkerd's injector skips ${namespace}, so its pods would restart and stay unmeshed`,
      fix: "leave it out, or change proxyInjector.namespaceSelector in the control plane's values",
    },
  ];
}

/** Keeps a webhook away from namespaces that must be able to start pods while Linkerd is down. */
export const exemptFromWebhooks: HelmValues = {
  matchExpressions: [
    { key: "config.linkerd.io/admission-webhooks", operator: "NotIn", values: ["disabled"] },
    { key: "kubernetes.io/metadata.name", operator: "NotIn", values: [...EXEMPT_NAMESPACES] },
  ],
};
