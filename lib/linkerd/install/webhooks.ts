import { linkerdNamespace, vizNamespace } from "./names";

/** A server of Linkerd that the API server calls. */
export interface WebhookServer {
  /** Its key in the chart's values. */
  valuesKey: string;
  service: string;
  namespace: string;
  /** The Secret of type kubernetes.io/tls that the chart mounts into it. */
  secret: string;
}

/** Servers of linkerd-control-plane. */
export const controlPlaneWebhooks: readonly WebhookServer[] = [
  webhook("proxyInjector", "linkerd-proxy-injector", linkerdNamespace),
  webhook("profileValidator", "linkerd-sp-validator", linkerdNamespace),
  webhook("policyValidator", "linkerd-policy-validator", linkerdNamespace),
];

/** Servers of linkerd-viz. `tap` is not a webhook but an extension API server, which also needs a certificate. */
export const vizWebhooks: readonly WebhookServer[] = [
  webhook("tap", "tap", vizNamespace),
  webhook("tapInjector", "tap-injector", vizNamespace),
];

function webhook(valuesKey: string, service: string, namespace: string): WebhookServer {
  return { valuesKey, service, namespace, secret: `${service}-k8s-tls` };
}

/** The name that the API server expects in the certificate. */
export function dnsName({ service, namespace }: WebhookServer): string {
  return `${service}.${namespace}.svc`;
}

/**
 * What the API server does when a webhook of Linkerd does not answer.
 * @enum
 */
export const WebhookFailurePolicy = {
  /** The pod is refused, and its controller tries again. */
  Fail: "Fail",
  /** The pod silently starts without a sidecar. */
  Ignore: "Ignore",
} as const;
export type WebhookFailurePolicy = (typeof WebhookFailurePolicy)[keyof typeof WebhookFailurePolicy];
