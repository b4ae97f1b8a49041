import type { Snapshot } from "../cluster";
import { pinned } from "../common/versions";
import { podinfo } from "../components/podinfo/workload";

/**
 * podinfo's image, which has curl, getent and `sleep`, and serves HTTP on {@link outsidePort}. If the cluster already runs it, perhaps from a
 * mirror, that image is used and needs no other registry.
 */
export function probeImage(snapshot: Pick<Snapshot, "pods">): string {
  const images = snapshot.pods.flatMap(({ spec }) => spec.containers.flatMap(({ image }) => image ?? []));
  return images.find((image) => /(^|\/)podinfo[:@]/.test(image)) ?? outsideImage;
}

/** The image of the server outside. */
export const outsideImage = `${podinfo.image}:${pinned.podinfo}`;
export const outsidePort = podinfo.ports.http.port;
