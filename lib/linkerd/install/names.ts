/** Names that Linkerd's charts fix, in one place. */

/** The namespace of the control plane. The charts of the extensions expect this name. */
export const linkerdNamespace = "linkerd";
export const vizNamespace = "linkerd-viz";

/** Trust domain and with it the end of every identity in the mesh. Linkerd's default: the cluster's domain. */
export const clusterDomain = "cluster.local";

/** The Secret that the identity controller takes the issuer from. */
export const issuerSecret = "linkerd-identity-issuer";

/**
 * What a namespace with meshed pods says to Pod Security. The init container that redirects a meshed pod's traffic needs NET_ADMIN and NET_RAW, which
 * the standard "baseline" refuses, and "restricted" all the more. Our own containers keep to "restricted" all the same. Only with Linkerd's CNI plugin,
 * which needs no such container, could the namespace ask for it.
 */
export const meshedNamespaceLabels = { "pod-security.kubernetes.io/enforce": "privileged" } as const;

/**
 * Labels of the namespaces. The charts leave them to whoever creates the namespace.
 *
 * - The control plane is not injected by the webhook that it serves, so `admission-webhooks=disabled` keeps its own pods out of
 *   the webhooks' reach: they could never start otherwise.
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
