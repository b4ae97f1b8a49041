import type { Path } from "../../common/problem";
import type { LocatedDocument } from "./document";
import { isRecord } from "./shape";

/** A Kubernetes object with its place. Only its identity has been checked. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  name: string;
  /** Absent if the manifest has none. */
  namespace?: string;
  value: Record<string, unknown>;
  document: LocatedDocument;
  /** For a policy: its parts that depend on unknown values, which `value` lacks. */
  undecided?: readonly UndecidedPart[];
  /** For a Linkerd authorization object with unknown values: `value` admits the fewest clients that it may, or it is absent, and `most` the most. */
  extremes?: { isAbsent: boolean; most: Record<string, unknown>; missing: string; written: string };
  /** For a Linkerd authorization object with an unknown target. `place` is `*` if its namespace is unknown, too. */
  unknownAuthorization?: { missing: string; written: string; place?: "*" };
}

/** Rules that depend on an unknown value. */
export interface UndecidedPart {
  /** The path of their spec. */
  path: Path;
  /** A spec with these rules alone, at their broadest. */
  spec: Record<string, unknown>;
  /** What would have to be known, in words. */
  missing: string;
  /** The rules as written. Equal texts mean the same. */
  written?: string;
  /** They are the whole spec, whose subject is unknown. */
  isWhole?: boolean;
  /** With `isWhole`: the rules themselves are known. Default: false. */
  isSure?: boolean;
  /** The policy's namespace is unknown. */
  isAnywhere?: boolean;
}

/** `CiliumNetworkPolicy shop/db` */
export function describeObject(object: Pick<KubernetesObject, "kind" | "name" | "namespace">): string {
  return `${object.kind} ${object.namespace === undefined ? "" : `${object.namespace}/`}${object.name}`;
}

/** The metadata of an object. Empty if it has none. */
export const metadataOf = ({ value }: Pick<KubernetesObject, "value">): Record<string, unknown> =>
  isRecord(value.metadata) ? value.metadata : {};
