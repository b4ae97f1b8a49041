/** Names that Linkerd's charts expect. */

/** The namespace of the control plane. The charts of the extensions expect this name. */
export const linkerdNamespace = "linkerd";
export const vizNamespace = "linkerd-viz";

/** The trust domain, which is the suffix of every identity in the mesh. Linkerd's default: the cluster's domain. */
export const clusterDomain = "cluster.local";

/** The Secret with the issuer's certificate, which the identity controller reads. */
export const issuerSecret = "linkerd-identity-issuer";

/**
 * Pod Security labels for a namespace with meshed pods. The init container that redirects a meshed pod's traffic needs NET_ADMIN and NET_RAW, which
 * the standard "baseline" forbids, and thus "restricted", too. Our own containers comply with "restricted" anyway. Only with Linkerd's CNI plugin,
 * which needs no such container, could the namespace require it.
 */
export const meshedNamespaceLabels = { "pod-security.kubernetes.io/enforce": "privileged" } as const;

/**
 * Labels of the control plane's namespace; the charts expect whoever creates it to set them. `admission-webhooks=disabled` exempts the control
 * plane's own pods from the webhooks that they serve, because otherwise they could never start.
 */
export const linkerdNamespaceLabels = {
  "linkerd.io/is-control-plane": "true",
  "linkerd.io/control-plane-ns": linkerdNamespace,
  "config.linkerd.io/admission-webhooks": "disabled",
  ...meshedNamespaceLabels,
} as const;

export const vizNamespaceLabels = {
  "linkerd.io/extension": "viz",
  ...meshedNamespaceLabels,
} as const;
