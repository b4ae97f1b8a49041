import type { KubeConfig, V1Status } from "@kubernetes/client-node" with { "resolution-mode": "import" };

/**
 * `@kubernetes/client-node` is an ES module and takes most of a second to load: its types are imported here, and itself only by whoever
 * connects to a cluster.
 */
export const loadLibrary = () => import("@kubernetes/client-node");

export type { KubeConfig, V1Status as Status };
