import type { Manifests } from "../input/manifests/read";

/** Linkerd's transport mode and Cilium's L7 proxy belong to the cluster: manifests that do not mention them do not change them. */
export function withSharedSettings(before: Manifests, after: Manifests): [Manifests, Manifests] {
  const shared = (one: Manifests, other: Manifests): Manifests => ({
    ...one,
    transportMode: one.transportMode ?? other.transportMode,
    l7Proxy: one.l7Proxy ?? other.l7Proxy,
    linkerdSettings: { ...other.linkerdSettings, ...one.linkerdSettings },
  });
  return [shared(before, after), shared(after, before)];
}
