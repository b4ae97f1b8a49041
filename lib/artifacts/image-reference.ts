/** A container image's reference, taken apart: `registry/path:tag@digest`. */
export interface ImageReference {
  /** The registry's host, with its port where it has one. `docker.io` where the reference names none. */
  registry: string;
  /** What is left of the repository, e.g. `cilium/operator`. */
  path: string;
  tag?: string | undefined;
  digest?: string | undefined;
}

/**
 * Reads a reference as Docker and containerd do: what stands before the first `/` is a registry only when it looks like a host,
 * and Docker Hub's own images live under `library/`.
 */
export function parseImageReference(reference: string): ImageReference {
  const [named = "", digest] = reference.split("@", 2);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const repository = hasTag ? named.slice(0, colon) : named;
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  const slash = repository.indexOf("/");
  const host = repository.slice(0, Math.max(slash, 0));
  if (/[.:]|^localhost$/.test(host)) return { registry: host, path: repository.slice(slash + 1), tag, digest };
  return { registry: "docker.io", path: slash < 0 ? `library/${repository}` : repository, tag, digest };
}

export function formatImageReference({ registry, path, tag, digest }: ImageReference): string {
  return `${registry}/${path}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}
