/** Every version that meshfence pins, and the ranges within which it is supported, in one place. */

/** Chart and image versions that were run together on a live cluster. */
export const pinned = {
  cilium: "1.20.2",
  /** Linkerd's edge release; its charts carry it as calendar semver. */
  linkerd: { chart: "2026.8.3", edge: "edge-26.8.3" },
  podinfo: "6.14.1",
  slowCooker: "1.3.0",
  kubernetes: "1.34.4",
} as const;

/**
 * Kubernetes minors that both Cilium 1.20 (tested with 1.33 to 1.36) and Linkerd 2.20 (supports 1.31 to 1.35) support.
 * Sources: Cilium `Documentation/network/kubernetes/requirements.rst`, linkerd.io `reference/k8s-versions`.
 */
export const supportedKubernetesMinors = ["1.33", "1.34", "1.35"] as const;
