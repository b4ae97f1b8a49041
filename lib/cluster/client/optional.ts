import type { Missing } from "../access";
import { ClusterError } from "../error";

/** What can be done without: absent is no matter, and a missing right is noted. */
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
