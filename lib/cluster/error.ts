import { type AccessRule, grantAdvice } from "./access";

export type ClusterErrorKind =
  /** The API server did not answer at all: address, network, certificate. */
  | "unreachable"
  /** The API server does not know who asks, or does not let them. */
  | "forbidden"
  /** It was there, and in the middle of something it was not any more: cluster, node, pod or container. */
  | "gone"
  /** It took longer than it was given. */
  | "timeout"
  /** It was interrupted by the caller's signal. */
  | "interrupted"
  /** What was asked for does not exist. */
  | "absent"
  /** The rest of a list is no longer to be had, because its first piece is too old. */
  | "expired"
  /** The container has no such program. */
  | "noShell"
  | "other";

export interface ClusterErrorDetails {
  /** What is missing where the kind is `forbidden`. */
  rule?: AccessRule;
  /** What to do. For a missing right it is made from the rule. */
  cure?: string;
  cause?: unknown;
}

/** What went wrong with the cluster, and what to do about it. The message is whole; no stack is worth showing. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly rule?: AccessRule | undefined;
  readonly cure?: string | undefined;

  constructor(
    readonly kind: ClusterErrorKind,
    /** What was wrong, without the cure. */
    readonly problem: string,
    { rule, cure = rule && grantAdvice(rule), cause }: ClusterErrorDetails = {},
  ) {
    super(cure === undefined ? problem : `${problem}; ${cure}`, { cause });
    this.rule = rule;
    this.cure = cure;
  }
}
