/**
 * Where charts and images come from when not from the internet: a mirror, a folder, an air-gapped registry. One value of this
 * type, given to every component (or once to the whole sandbox), moves all of them.
 *
 * @example A registry that holds everything under its upstream path, and charts pulled into a folder with `helm pull`
 * { charts: { folder: "./charts" }, images: { registry: "registry.example.com/mirror", digests: false } }
 */
export interface ArtifactSources {
  /**
   * Where Helm charts come from.
   * @default each chart's own repository
   */
  charts?: ChartSources;
  /**
   * Where container images come from.
   * @default each image's own registry, with the digests that the charts pin
   */
  images?: ImageSources;
}

/** Either a folder or a repository, not both. */
export interface ChartSources {
  /**
   * A folder with the charts, as `helm pull` leaves them (`cilium-1.20.2.tgz`) or unpacked (`cilium/Chart.yaml`). A relative path
   * is relative to where Pulumi runs the program, and stays relative in the state, so that colleagues can share a stack.
   */
  folder?: string;
  /**
   * A repository that holds all the charts under their own names: `https://…` for a Helm repository, `oci://…` for a
   * registry (the chart's name is appended).
   */
  repository?: string;
}

/** Where images come from. The most specific member that names an image wins. */
export interface ImageSources {
  /**
   * Host (and path) that takes the place of every image's registry; the rest of the name stays:
   * `quay.io/cilium/cilium` becomes `registry.example.com/mirror/cilium/cilium`.
   */
  registry?: string;
  /**
   * The same for one upstream registry at a time, e.g. `{ "quay.io": "registry.example.com/quay" }`. Goes before `registry`.
   * Upstream registries are docker.io, quay.io, ghcr.io, cr.l5d.io and registry.k8s.io.
   */
  registries?: { [upstream: string]: string };
  /**
   * Single repositories that are called otherwise, without tag, e.g.
   * `{ "docker.io/kindest/node": "registry.example.com/kind/node" }`. Goes before `registries`.
   */
  repositories?: { [upstream: string]: string };
  /**
   * Whether images are pinned by the digests that charts carry. Turn it off for images that were loaded into the nodes by tag, or
   * whose digest the mirror changed: `tag@digest` is not found there.
   * @default true
   */
  digests?: boolean;
}
