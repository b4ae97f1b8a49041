import type * as pulumi from "@pulumi/pulumi";
import type { TransportMode } from "../../scenario/transport-mode";

/** A mesh that this program installs. */
interface InstalledMesh {
  /** The name of its `Linkerd`. */
  name: string;
  transportMode: TransportMode;
}

const meshes = new WeakMap<pulumi.ProviderResource, InstalledMesh>();

/** Records the mesh that a component installs in the cluster of its provider. */
export function recordMesh(component: pulumi.ComponentResource, mesh: InstalledMesh): void {
  const provider = component.getProvider("kubernetes::");
  if (provider !== undefined) meshes.set(provider, mesh);
}

/** The mesh that this program has installed so far in the cluster of a component's provider. */
export function meshOfCluster(component: pulumi.ComponentResource): InstalledMesh | undefined {
  const provider = component.getProvider("kubernetes::");
  return provider && meshes.get(provider);
}
