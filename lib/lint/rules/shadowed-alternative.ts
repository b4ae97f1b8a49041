import type { Path } from "../../common/problem";
import type { GrpcMatchSpec, HttpMatchSpec } from "../../linkerd/api/route";
import { type LintRule, Severity } from "../finding";

export const shadowedAlternative: LintRule = {
  id: "shadowed-alternative",
  severity: Severity.Warning,
  title: "A regular expression that matches less than it seems to",
  why:
    "Linkerd's proxy takes the first alternative that matches at the start, and only then checks whether it covers the whole text. So `/api|/api/v1` does " +
    "not match `/api/v1` (measured: 404), but `/api/v1|/api` does. For the same reason a lazy quantifier at the end, as in `/api.*?`, matches nothing " +
    "more: only `/api` matches. This applies to paths, headers and query parameters.",
  fix: "Put the longer alternative first, and do not end in a lazy quantifier.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { httpRoutes, grpcRoutes } = linkerd.policy.objects;
    for (const route of [...httpRoutes, ...grpcRoutes])
      for (const [rule, { matches }] of route.rules.entries())
        for (const [at, match] of matches.entries())
          for (const { path, expression } of expressionsOf(match)) {
            const why = lessThanMeant(expression);
            if (why === undefined) continue;
            yield {
              linkerd: linkerd.placeOf(route.kind, route),
              path: ["spec", "rules", rule, "matches", at, ...path],
              data: { expression },
              message: why,
            };
          }
  },
};

/** The regular expressions of a match, with their paths. */
function expressionsOf(match: HttpMatchSpec | GrpcMatchSpec): { path: Path; expression: string }[] {
  const lists = [
    ["headers", match.headers],
    ["queryParams", "queryParams" in match ? match.queryParams : undefined],
  ] as const;
  const named = lists.flatMap(([list, values = []]) =>
    values.flatMap(({ type, value }, index) =>
      type === "RegularExpression" ? [{ path: [list, index, "value"], expression: value }] : [],
    ),
  );
  const ofPath = "path" in match && match.path.type === "RegularExpression" ? [match.path.value] : [];
  return [...ofPath.map((expression) => ({ path: ["path", "value"], expression })), ...named];
}

function lessThanMeant(expression: string): string | undefined {
  const shadowed = shadowedIn(expression);
  if (shadowed !== undefined)
    return `never matches ${shadowed.never}: ${shadowed.by} is tried first and does not cover it`;
  const [lazy] = LAZY_END.exec(expression) ?? [];
  return lazy === undefined ? undefined : `ends in ${lazy}, which takes as little as it can: nothing longer matches`;
}

/** A lazy quantifier, not escaped, at the end. */
const LAZY_END = /(?<=[^\\])(?:[*+?]|\{\d+(?:,\d*)?\})\?$/;

/** Only for alternatives that are plain text, without other syntax. */
function shadowedIn(expression: string): { never: string; by: string } | undefined {
  const parts = expression.replace(/^\((?:\?:)?([^()]*)\)$/, "$1").split("|");
  if (parts.length < 2 || parts.some((part) => /[\\^$.*+?()[\]{}]/.test(part))) return undefined;
  for (const [index, never] of parts.entries()) {
    const by = parts.slice(0, index).find((part) => never !== part && never.startsWith(part));
    if (by !== undefined) return { never, by };
  }
  return undefined;
}
