/** What a port's clients need that no authorization names: cluster-wide, by a pod's annotation, or as a Server's `accessPolicy`. */
export const DEFAULT_POLICIES = [
  "all-unauthenticated",
  "all-authenticated",
  "cluster-unauthenticated",
  "cluster-authenticated",
  "deny",
  "audit",
] as const;

export type DefaultPolicy = (typeof DEFAULT_POLICIES)[number];

/** Reads a default policy; the case counts. */
export function parseDefaultPolicy(text: string): DefaultPolicy | undefined {
  return DEFAULT_POLICIES.find((policy) => policy === text);
}
