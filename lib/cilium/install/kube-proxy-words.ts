/** The notation for the caller's own argument `replaceKubeProxy` in messages, with or without a value. */
export type KubeProxyWords = (replaced?: boolean) => string;

/** The notation of the component `Cilium`. */
export const ownWords: KubeProxyWords = (replaced) =>
  replaced === undefined ? "replaceKubeProxy" : `replaceKubeProxy: ${replaced}`;
