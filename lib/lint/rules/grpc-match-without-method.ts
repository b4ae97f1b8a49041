import { type LintRule, Severity } from "../finding";

export const grpcMatchWithoutMethod: LintRule = {
  id: "grpc-match-without-method",
  severity: Severity.Error,
  title: "A GRPCRoute with a match that names no method",
  why:
    "Linkerd's policy controller sends such a match without a method, and the proxy then rejects its whole configuration for the port: everybody gets " +
    "PermissionDenied, even localhost (measured).",
  fix: "Set `method.service` in every match; a rule for everything has no `matches` at all.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const route of linkerd.policy.objects.grpcRoutes)
      for (const [rule, { matches }] of route.rules.entries())
        for (const [at, match] of matches.entries())
          if (match.method === undefined)
            yield {
              linkerd: linkerd.placeOf("GRPCRoute", route),
              path: ["spec", "rules", rule, "matches", at],
              data: {},
              message: "has no method, so the proxy denies everything on the Server's port",
            };
  },
};
