import type { PlacedItem } from "../context";
import { isEmptyItem } from "../empty-lists";
import { type LintRule, type Observation, Severity } from "../finding";

export const emptyRule: LintRule = {
  id: "empty-rule",
  severity: Severity.Warning,
  scope: "policy",
  title: "An empty rule",
  why:
    "`ingress: [{}]` is Cilium's default deny: the empty rule allows nothing, but its presence turns default deny on. In a Kubernetes NetworkPolicy the " +
    "same text allows everything. Beside other rules it adds nothing. `ingressDeny: [{}]` denies nobody explicitly, but also turns default deny on. " +
    "Measured with Cilium 1.20.2's own engine.",
  fix: "For default deny alone, write the entity: `fromEntities: [none]`. To allow everyone, write `fromEntities: [all]`. Otherwise delete it.",
  *check({ items }) {
    for (const item of items)
      if (isEmptyItem(item)) yield { policy: item.of.policy, path: item.path, ...emptyItem(item) };
  },
};

function emptyItem({
  of: { rule },
  direction,
  deny,
}: PlacedItem): Pick<Observation, "data" | "message" | "severity" | "fix"> {
  const [allowing, denying] = [rule[direction]?.length ?? 0, rule[`${direction}Deny`]?.length ?? 0];
  const entities = direction === "ingress" ? "fromEntities" : "toEntities";
  const outright = `\`${direction}Deny: [{${entities}: [all]}]\``;
  const byDefault = `\`${direction}: [{${entities}: [none]}]\``;
  if (!deny)
    return {
      fix: `For default deny alone, write the entity: \`${entities}: [none]\`. To allow everyone, write \`${entities}: [all]\`. Otherwise delete it.`,
      ...(allowing === 1
        ? {
            severity: Severity.Info,
            data: { isAlone: true },
            message: `this denies all ${direction} to the pods; in a Kubernetes NetworkPolicy the same text allows all`,
          }
        : { data: { isAlone: false }, message: "an empty rule allows nothing, so beside other rules it does nothing" }),
    };
  if (allowing > 0 || denying > 1 || rule.enableDefaultDeny?.[direction] === false)
    return {
      severity: Severity.Error,
      data: { turnsDefaultDenyOn: false },
      message: "an empty rule denies nothing",
      fix: `To deny everyone, whatever else allows them, write ${outright}. Otherwise delete it.`,
    };
  return {
    data: { turnsDefaultDenyOn: true },
    message: `an empty rule denies nobody outright, but turns default deny on: all ${direction} that nothing allows is blocked`,
    fix: `If that is what you mean, write ${byDefault}. To deny everyone, whatever other policies allow, write ${outright}.`,
  };
}
