/** Every version that meshfence pins, and the ranges of supported versions. */

import type { VersionRange } from "./version-range";

/**
 * Chart and image versions. All except the node image were tested together on a live cluster with the version `kubernetes`.
 */
export const pinned = {
  cilium: "1.20.2",
  /** Linkerd's edge release, whose charts have it as calendar version. */
  linkerd: { chart: "2026.8.3", edge: "edge-26.8.3" },
  podinfo: "6.14.1",
  slowCooker: "1.3.0",
  kubernetes: "1.34.4",
  /**
   * kind's node image. kind rebuilds its images for each of its releases, so that the digest depends on kind's version: this one is for the version
   * that the Terraform provider links.
   */
  kindNode: {
    kind: "0.32.0",
    repository: "docker.io/kindest/node",
    tag: "v1.34.8",
    digest: "sha256:02722c2dedddcfc00febf5d27fbeb9b7b2c14294c82109ff4a85d89ac9ba3256",
  },
  /** kind's Terraform provider, from which each project generates `@pulumi/kind`. */
  kindProvider: "0.11.0",
  /** The pause image, which kind's nodes already have. */
  pause: "3.10",
} as const;

/**
 * Kubernetes minors that both Cilium 1.20 (tested with 1.33 to 1.36) and Linkerd 2.20 (supports 1.31 to 1.35) support.
 * Sources: Cilium `Documentation/network/kubernetes/requirements.rst`, linkerd.io `reference/k8s-versions`.
 */
export const supportedKubernetesMinors = ["1.33", "1.34", "1.35"] as const;

export const supportedCilium: VersionRange = {
  from: "1.19",
  below: "1.21",
  reason: "meshfence sets the values of Cilium's 1.19 and 1.20 charts",
};

export const supportedLinkerd: VersionRange = {
  from: "2025.11.3",
  below: "2027",
  reason: "since edge-25.11.3 the proxy image is also the init container, and meshfence relies on that",
};
