import type { Missing } from "../access";
import { ClusterError } from "../error";

/** Reads something optional: it may not exist, and a missing permission is recorded. */
export async function optional<T>(
  answer: Promise<T>,
  { what, of, namespace }: Pick<Missing, "what" | "of" | "namespace">,
  missing: Missing[],
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (!isForbidden(error)) throw error;
    missing.push({ what, of, ...(namespace !== undefined && { namespace }), why: error.problem, rule: error.rule });
    return undefined;
  }
}

export const isForbidden = (error: unknown): error is ClusterError =>
  error instanceof ClusterError && error.kind === "forbidden" && error.rule !== undefined;
export const isAbsent = (error: unknown): error is ClusterError =>
  error instanceof ClusterError && error.kind === "absent";
