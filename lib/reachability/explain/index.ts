export { Explainer, type ExplainOptions, explain } from "./explain";
export type {
  EndExplanation,
  Explanation,
  JudgedRule,
  Locate,
  PolicyPlace,
  SelectingPolicy,
} from "./explanation";
export type { Miss } from "./misses";
export type { PolicySource } from "./sources";
