/** Which labels an object must carry: all of `matchLabels`, and all of `matchExpressions` hold. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelExpression[];
}

/** A condition on one label other than equality. Create it with `Label`. */
export interface LabelExpression {
  /** Key of the label, optionally with its source: `k8s:app`. */
  key: string;
  /** How it compares. */
  operator: LabelOperator;
  /** With `In` and `NotIn` only. */
  values?: string[];
}

/**
 * How a label expression compares. `NotIn` and `DoesNotExist` also hold for an endpoint without the label.
 * @enum
 */
export const LabelOperator = {
  /** The value is one of `values`. */
  In: "In",
  /** The value is none of `values`, or there is no such label. */
  NotIn: "NotIn",
  /** There is such a label. */
  Exists: "Exists",
  /** There is no such label. */
  DoesNotExist: "DoesNotExist",
} as const;
export type LabelOperator = (typeof LabelOperator)[keyof typeof LabelOperator];
