import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { Path } from "../../common/problem";
import type { Admitted } from "./admitted";
import type { LocatedDocument } from "./document";
import type { LocatedPolicy } from "./policies";

/**
 * A policy translated into Cilium's terms.
 *
 * @param original The policy as written.
 * @param written The path in the original policy of a path in the translation.
 */
export function translatedPolicy(
  manifest: EvaluatedPolicy,
  document: LocatedDocument,
  { nulls, createOnly }: Admitted,
  original: NonNullable<LocatedPolicy["original"]>,
  written: (path: Path) => Path,
): LocatedPolicy {
  const position = (path: Path) => document.position(written(path));
  return {
    manifest,
    document: { ...document, position },
    source: document,
    written,
    original,
    nulls,
    createOnly,
  };
}
