/** How the caller's own argument for `replaceKubeProxy` is called, with a value or without. */
export type KubeProxyWords = (replaced?: boolean) => string;

/** As the component `Cilium` calls it. */
export const ownWords: KubeProxyWords = (replaced) =>
  replaced === undefined ? "replaceKubeProxy" : `replaceKubeProxy: ${replaced}`;
