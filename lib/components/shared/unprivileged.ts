import type { types } from "@pulumi/kubernetes";

/**
 * What the Pod Security Standard "restricted" asks of a container. It is set on the container and not on the pod, because the
 * pod's would also bind the init container that Linkerd injects, which needs NET_ADMIN.
 */
export function unprivileged(user: number): types.input.core.v1.SecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
}
