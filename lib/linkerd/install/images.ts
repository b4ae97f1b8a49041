import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { parseImageReference } from "../../artifacts/image-reference";
import { movesImages, sourcedRepository } from "../../artifacts/images";
import { type HelmValues, mergeValues, valueTree } from "../../common/helm-values";

/** Images of linkerd-control-plane: the upstream repositories, by the path of the value that holds registry and name. */
export const controlPlaneImages: { readonly [path: string]: string } = {
  controllerImage: "cr.l5d.io/linkerd/controller",
  "proxy.image.name": "cr.l5d.io/linkerd/proxy",
  "debugContainer.image.name": "cr.l5d.io/linkerd/debug",
};

/** Images of linkerd-viz, whose values have separate `registry` and `name`. */
export const vizImages: { readonly [path: string]: string } = {
  "metricsAPI.image": "cr.l5d.io/linkerd/metrics-api",
  "tap.image": "cr.l5d.io/linkerd/tap",
  "tapInjector.image": "cr.l5d.io/linkerd/tap",
  "dashboard.image": "cr.l5d.io/linkerd/web",
  "namespaceMetadata.image": "cr.l5d.io/linkerd/extension-init",
  "prometheus.image": "docker.io/prom/prometheus",
};

export function controlPlaneImageValues(artifacts?: ArtifactSources): HelmValues {
  return moved(controlPlaneImages, artifacts, (path, registry, name) => valueTree(path, `${registry}/${name}`));
}

export function vizImageValues(artifacts?: ArtifactSources): HelmValues {
  return moved(vizImages, artifacts, (path, registry, name) => valueTree(path, { registry, name }));
}

/** Linkerd's charts name images by tag only, so there are no digests to switch off. */
function moved(
  images: { readonly [path: string]: string },
  artifacts: ArtifactSources | undefined,
  value: (path: string, registry: string, name: string) => HelmValues,
): HelmValues {
  if (!movesImages(artifacts)) return {};
  return mergeValues(
    ...Object.entries(images).map(([path, upstream]) => {
      const repository = sourcedRepository(parseImageReference(upstream), artifacts);
      const folders = repository.path.split("/");
      const name = folders.pop() ?? "";
      return value(path, [repository.registry, ...folders].join("/"), name);
    }),
  );
}
