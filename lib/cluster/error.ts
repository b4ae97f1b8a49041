import { type AccessRule, grantAdvice } from "./access";

export type ClusterErrorKind =
  /** The API server did not answer at all: address, network, certificate. */
  | "unreachable"
  /** The API server does not know the user, or denies the request. */
  | "forbidden"
  /** The connection was lost: to the cluster, a node, a pod or a container. */
  | "gone"
  /** It timed out. */
  | "timeout"
  /** It was interrupted by the caller's signal. */
  | "interrupted"
  /** It does not exist. */
  | "absent"
  /** The rest of a list is no longer available, because its first page is too old. */
  | "expired"
  /** The container has no such program. */
  | "noShell"
  | "other";

export interface ClusterErrorDetails {
  /** The missing rule, if the kind is `forbidden`. */
  rule?: AccessRule;
  /** What to do. Default for a missing rule: add it. */
  cure?: string;
  cause?: unknown;
}

/** A failure of the cluster, and what to do about it. The message is complete, so show it without the stack. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly rule?: AccessRule | undefined;
  readonly cure?: string | undefined;

  constructor(
    readonly kind: ClusterErrorKind,
    /** What went wrong, without what to do. */
    readonly problem: string,
    { rule, cure = rule && grantAdvice(rule), cause }: ClusterErrorDetails = {},
  ) {
    super(cure === undefined ? problem : `${problem}; ${cure}`, { cause });
    this.rule = rule;
    this.cure = cure;
  }
}
