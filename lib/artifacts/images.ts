import type { ArtifactSources } from "./artifact-sources";
import { formatImageReference, type ImageReference, parseImageReference } from "./image-reference";

/** The reference under which an image is pulled, given its upstream reference, in which `docker.io` may be omitted. */
export function sourcedImage(reference: string, sources?: ArtifactSources): string {
  const upstream = parseImageReference(reference);
  const moved = sourcedRepository({ registry: upstream.registry, path: upstream.path }, sources);
  const digest = usesDigests(sources) || upstream.tag === undefined ? upstream.digest : undefined;
  return formatImageReference({ ...moved, tag: upstream.tag, digest });
}

/** Registry and path of an image, without tag, for charts with separate values for them. */
export function sourcedRepository(upstream: ImageReference, sources?: ArtifactSources): ImageReference {
  const images = sources?.images;
  const whole = images?.repositories?.[`${upstream.registry}/${upstream.path}`];
  if (whole !== undefined) return parseImageReference(whole);
  const registry = images?.registries?.[upstream.registry] ?? images?.registry;
  if (registry === undefined) return upstream;
  const [host = "", ...folders] = registry.replace(/\/+$/, "").split("/");
  return { registry: host, path: [...folders, upstream.path].join("/") };
}

/** Whether any image comes from somewhere other than upstream. */
export function movesImages(sources?: ArtifactSources): boolean {
  const { registry, registries, repositories } = sources?.images ?? {};
  return registry !== undefined || registries !== undefined || repositories !== undefined;
}

export function usesDigests(sources?: ArtifactSources): boolean {
  return sources?.images?.digests ?? true;
}
