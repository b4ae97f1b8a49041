import { type RuleDoc, Severity } from "../finding";

export const unusedIgnore: RuleDoc = {
  id: "unused-ignore",
  severity: Severity.Warning,
  title: "An ignore that matches no finding",
  why:
    "An ignore that outlives its finding hides the next one of its rule. For a rule that looks at the whole cluster this is only an info, because the " +
    "rule may report something when it sees more of the cluster.",
  fix: "Delete it.",
};

export const unexplainedIgnore: RuleDoc = {
  id: "unexplained-ignore",
  severity: Severity.Warning,
  title: "An ignore without a reason",
  why: "The next reader of the policy cannot tell whether the reason still holds.",
  fix: "Write the reason after two dashes: `# meshfence-ignore: rule -- reason`.",
};

/** Findings about ignores themselves, which cannot be ignored. */
export const ignoreRules: readonly RuleDoc[] = [unusedIgnore, unexplainedIgnore];
