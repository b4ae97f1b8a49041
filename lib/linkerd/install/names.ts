/** Names that Linkerd's charts fix, in one place. */

/** The namespace of the control plane. The charts of the extensions expect this name. */
export const linkerdNamespace = "linkerd";
export const vizNamespace = "linkerd-viz";

/** Trust domain and with it the end of every identity in the mesh. Linkerd's default: the cluster's domain. */
export const clusterDomain = "cluster.local";

/** The Secret that the identity controller takes the issuer from. */
export const issuerSecret = "linkerd-identity-issuer";

/**
 * Labels of the namespaces. The charts leave them to whoever creates the namespace.
 *
 * - The control plane is not injected by the webhook that it serves, so `admission-webhooks=disabled` keeps its own pods out of
 *   the webhooks' reach: they could never start otherwise.
 * - The init container of a meshed pod needs NET_ADMIN, which only the Pod Security Standard "privileged" grants.
 */
export const linkerdNamespaceLabels = {
  "linkerd.io/is-control-plane": "true",
  "linkerd.io/control-plane-ns": linkerdNamespace,
  "config.linkerd.io/admission-webhooks": "disabled",
  "pod-security.kubernetes.io/enforce": "privileged",
} as const;

export const vizNamespaceLabels = {
  "linkerd.io/extension": "viz",
  "pod-security.kubernetes.io/enforce": "privileged",
} as const;
