import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { parseImageReference } from "../../artifacts/image-reference";
import { movesImages, sourcedRepository, usesDigests } from "../../artifacts/images";
import { type HelmValues, mergeValues, valueTree } from "../../common/helm-values";

/**
 * Every image in Cilium's chart: the upstream repositories, by the path of their values. All of them are moved, even those that the default values do
 * not use, so that everything a user enables comes from the same place.
 */
export const ciliumImages: { readonly [path: string]: string } = {
  image: "quay.io/cilium/cilium",
  // The chart appends the cloud: operator-generic.
  "operator.image": "quay.io/cilium/operator",
  "envoy.image": "quay.io/cilium/cilium-envoy",
  "certgen.image": "quay.io/cilium/certgen",
  "hubble.relay.image": "quay.io/cilium/hubble-relay",
  "hubble.ui.backend.image": "quay.io/cilium/hubble-ui-backend",
  "hubble.ui.frontend.image": "quay.io/cilium/hubble-ui",
  "clustermesh.apiserver.image": "quay.io/cilium/clustermesh-apiserver",
  "nodeinit.image": "quay.io/cilium/startup-script",
  "preflight.image": "quay.io/cilium/cilium",
  "preflight.envoy.image": "quay.io/cilium/cilium-envoy",
  "encryption.ztunnel.image": "quay.io/cilium/ztunnel",
  "authentication.mutual.spire.install.initImage": "docker.io/library/busybox",
  "authentication.mutual.spire.install.agent.image": "ghcr.io/spiffe/spire-agent",
  "authentication.mutual.spire.install.server.image": "ghcr.io/spiffe/spire-server",
};

export function ciliumImageValues(artifacts?: ArtifactSources): HelmValues {
  return mergeValues(
    ...Object.entries(ciliumImages).map(([path, upstream]) => {
      const moved = sourcedRepository(parseImageReference(upstream), artifacts);
      return mergeValues(
        movesImages(artifacts) ? valueTree(`${path}.repository`, `${moved.registry}/${moved.path}`) : undefined,
        usesDigests(artifacts) ? undefined : valueTree(`${path}.useDigest`, false),
      );
    }),
  );
}
