export { type ChangeOrWhy, changeOrWhy, type ProposedChange, proposeChange } from "./change";
export { type ChangeReason, changeReasons, type ExplainedSides } from "./change-reasons";
export { applyEdits, type Edit } from "./edits";
export { Explainer, type ExplainOptions, explain } from "./explain";
export type {
  EndExplanation,
  Explanation,
  JudgedRule,
  Locate,
  SelectingPolicy,
} from "./explanation";
export type { Miss } from "./misses";
export type { NoChange } from "./no-change";
export type { ReasonRule } from "./reason-rules";
export type { PolicyPlace, PolicySource } from "./sources";
