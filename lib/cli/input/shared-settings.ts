import type { Manifests } from "../../input/manifests/read";

/** Copies settings of the whole cluster, such as Linkerd's transport mode, from one side to the other: manifests that omit them do not change them. */
export function withSharedSettings(before: Manifests, after: Manifests): [Manifests, Manifests] {
  const shared = (one: Manifests, other: Manifests): Manifests => ({
    ...one,
    transportMode: one.transportMode ?? other.transportMode,
    l7Proxy: one.l7Proxy ?? other.l7Proxy,
    linkerdSettings: { ...other.linkerdSettings, ...one.linkerdSettings },
  });
  return [shared(before, after), shared(after, before)];
}
