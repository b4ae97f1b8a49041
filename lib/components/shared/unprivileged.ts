import type { types } from "@pulumi/kubernetes";

/**
 * A security context that satisfies the Pod Security Standard "restricted" and makes the root file system read-only. It is for containers, because on
 * the pod it would also apply to the init container that Linkerd injects, which needs NET_ADMIN.
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
 * For a pod that does not use the API server. A meshed pod needs no token either: the injector adds one for the proxy alone
 * (`identity.serviceAccountTokenProjection`, on by default in its chart).
 */
export const withoutToken = { automountServiceAccountToken: false } as const;
