/**
 * `@kubernetes/client-node` is an ES module and takes most of a second to load: its types are imported here, and itself only by whoever
 * connects to a cluster.
 */
export type KubeConfig = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).KubeConfig;
export type Status = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1Status;

export const loadLibrary = () => import("@kubernetes/client-node");
