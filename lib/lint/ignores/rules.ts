import { type RuleDoc, Severity } from "../finding";

export const unusedIgnore: RuleDoc = {
  id: "unused-ignore",
  severity: Severity.Warning,
  title: "An ignore of what is not found",
  why:
    "An ignore that outlives what it was for hides the next finding of its rule. One of a rule that looks at the whole cluster is an info, " +
    "since that rule may speak where more of the cluster is given.",
  fix: "Delete it.",
};

export const unexplainedIgnore: RuleDoc = {
  id: "unexplained-ignore",
  severity: Severity.Warning,
  title: "An ignore without a reason",
  why: "Whoever reads the policy next cannot tell whether the reason still holds.",
  fix: "Write why behind two dashes: `# meshfence-ignore: rule -- reason`.",
};

/** What is said of ignores themselves. No ignore silences these. */
export const ignoreRules: readonly RuleDoc[] = [unusedIgnore, unexplainedIgnore];
