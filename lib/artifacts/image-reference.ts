/** A parsed image reference: `registry/path:tag@digest`. */
export interface ImageReference {
  /** The registry's host, with its port if it has one. Default: `docker.io`. */
  registry: string;
  /** The rest of the repository, e.g. `cilium/operator`. */
  path: string;
  tag?: string | undefined;
  digest?: string | undefined;
}

/**
 * Parses a reference like Docker and containerd: the part before the first `/` is a registry only if it looks like a host, and Docker Hub's official
 * images are under `library/`.
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
