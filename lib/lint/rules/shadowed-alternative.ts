import { type LintRule, Severity } from "../finding";

export const shadowedAlternative: LintRule = {
  id: "shadowed-alternative",
  severity: Severity.Warning,
  title: "Alternative of a regular expression that is never taken",
  why:
    "Linkerd's proxy takes the first alternative that matches at the beginning and then asks whether it spans the whole text: `/api|/api/v1` does not match `/api/v1` (measured: 404), and " +
    "`/api/v1|/api` does.",
  fix: "Write the longer alternative first.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const route of linkerd.policy.objects.httpRoutes)
      for (const [rule, { matches }] of route.rules.entries())
        for (const [at, { path }] of matches.entries()) {
          const shadowed = path.type === "RegularExpression" ? shadowedIn(path.value) : undefined;
          if (shadowed === undefined) continue;
          yield {
            linkerd: linkerd.placeOf("HTTPRoute", route),
            path: ["spec", "rules", rule, "matches", at, "path", "value"],
            message: `never matches ${shadowed.never}: ${shadowed.by} is tried first, and does not span it`,
          };
        }
  },
};

/** Of plain texts alone: what else means something in a regular expression is not looked into. */
function shadowedIn(expression: string): { never: string; by: string } | undefined {
  const parts = expression.replace(/^\((?:\?:)?([^()]*)\)$/, "$1").split("|");
  if (parts.length < 2 || parts.some((part) => /[\\^$.*+?()[\]{}]/.test(part))) return undefined;
  for (const [index, never] of parts.entries()) {
    const by = parts.slice(0, index).find((part) => never !== part && never.startsWith(part));
    if (by !== undefined) return { never, by };
  }
  return undefined;
}
