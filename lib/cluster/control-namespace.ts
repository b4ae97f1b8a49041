import type { ObjectMeta } from "./objects";

/** The labels on the namespace and pods of a verification. */
export const controlLabels = {
  "app.kubernetes.io/managed-by": "meshfence",
  "app.kubernetes.io/name": "meshfence-control",
} as const;

/** The annotation on the namespace with the process that created it. */
export const holderAnnotation = "meshfence.dev/holder";

/**
 * The kind that owns a stand-in pod: the namespace of its verification. So no controller adopts the pod, whatever it selects, and
 * the pod is garbage-collected with that namespace, however the verification ended.
 */
export const standInOwner = "Namespace";

/** Control pods end by themselves after this time. */
export const controlSeconds = 900;

/** How far the API server's clock and this machine's may differ. */
const clockSeconds = 900;

export function isControlNamespace({ labels = {} }: ObjectMeta): boolean {
  return Object.entries(controlLabels).every(([key, value]) => labels[key] === value);
}

/**
 * The namespaces of killed verifications: their process has ended, or they are older than their pods can live. A namespace that another
 * machine may still use is not among them.
 *
 * @param hasEnded Whether the process of an annotation has ended, as far as this machine can know.
 * @param now In milliseconds since 1970.
 */
export function abandonedNamespaces(
  namespaces: readonly { metadata: ObjectMeta }[],
  hasEnded: (holder: string) => boolean,
  now: number,
): string[] {
  return namespaces.flatMap(({ metadata }) => {
    const { name, annotations = {}, creationTimestamp = "", deletionTimestamp } = metadata;
    if (!isControlNamespace(metadata) || deletionTimestamp !== undefined) return [];
    const isOld = now - Date.parse(creationTimestamp) > (controlSeconds + clockSeconds) * 1000;
    return isOld || hasEnded(annotations[holderAnnotation] ?? "") ? [name] : [];
  });
}
