import type { types } from "@pulumi/kubernetes";

/**
 * What the Pod Security Standard "restricted" asks of a container, and no file to write but in volumes. It is set on the container and not on the pod, because the
 * pod's would also bind the init container that Linkerd injects, which needs NET_ADMIN.
 */
export function unprivileged(user: number): types.input.core.v1.SecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/**
 * Of a pod that asks the API server for nothing. A meshed one needs no token either: the injector adds one for the proxy alone
 * (`identity.serviceAccountTokenProjection`, which its chart has on).
 */
export const withoutToken = { automountServiceAccountToken: false } as const;
