import type { ObjectMeta } from "./objects";

/** What namespace and pods of a verification have. */
export const controlLabels = {
  "app.kubernetes.io/managed-by": "meshfence",
  "app.kubernetes.io/name": "meshfence-control",
} as const;

/** The process that made it, on its namespace. */
export const holderAnnotation = "meshfence.dev/holder";

/**
 * What owns a pod that stands in for a Job's: the namespace of its verification. So no controller takes it for one of its own, whatever it selects,
 * and it is collected when that namespace goes, however its verification ended.
 */
export const standInOwner = "Namespace";

/** Control pods end after this even where nobody is left to remove them. */
export const controlSeconds = 900;

/** As far as an API server's clock and this machine's may differ. */
const clockSeconds = 900;

export function isControlNamespace({ labels = {} }: ObjectMeta): boolean {
  return Object.entries(controlLabels).every(([key, value]) => labels[key] === value);
}

/**
 * The namespaces of verifications that were killed: their process has ended, or they are older than their pods can live. One that another
 * machine's run may still use is not among them.
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
