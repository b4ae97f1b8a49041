export { type Finding, type LintRule, type RuleDoc, Severity } from "./finding";
export { lint } from "./lint";
export { rules, rulesOfOnePolicy } from "./rules";
