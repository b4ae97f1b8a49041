/**
 * `@kubernetes/client-node` is an ES module and takes most of a second to load: only whoever connects to a cluster does, and its types are
 * taken from there.
 */
export const loadLibrary = () => import("@kubernetes/client-node");

type Library = Awaited<ReturnType<typeof loadLibrary>>;
export type KubeConfig = InstanceType<Library["KubeConfig"]>;
export type Status = InstanceType<Library["V1Status"]>;
