import type {
  KubeConfig as Config,
  V1Status as StatusOfApi,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };

/**
 * `@kubernetes/client-node` is an ES module and takes most of a second to load: its types are imported here, and itself only by whoever
 * connects to a cluster.
 */
export type KubeConfig = Config;
export type Status = StatusOfApi;

export const loadLibrary = () => import("@kubernetes/client-node");
