/** The policies for clients that no authorization admits: set cluster-wide, by a pod's annotation, or as a Server's `accessPolicy`. */
export const DEFAULT_POLICIES = [
  "all-unauthenticated",
  "all-authenticated",
  "cluster-unauthenticated",
  "cluster-authenticated",
  "deny",
  "audit",
] as const;

export type DefaultPolicy = (typeof DEFAULT_POLICIES)[number];

/** Parses a default policy, case-sensitively; undefined if it is none. */
export function parseDefaultPolicy(text: string): DefaultPolicy | undefined {
  return DEFAULT_POLICIES.find((policy) => policy === text);
}
