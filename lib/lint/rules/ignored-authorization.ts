import { type LintRule, Severity } from "../finding";

const WHERE = {
  AuthorizationPolicy: ["spec", "requiredAuthenticationRefs"],
  MeshTLSAuthentication: ["spec"],
  NetworkAuthentication: ["spec", "networks"],
  ServerAuthorization: ["spec", "client"],
} as const;

export const ignoredAuthorization: LintRule = {
  id: "ignored-authorization",
  severity: Severity.Error,
  title: "An authorization that Linkerd ignores",
  why:
    "If one of its references leads nowhere, Linkerd's policy controller ignores the whole policy, and only its log says so. A policy can only admit, so " +
    "its clients are shut out (measured: 403).",
  fix: "Correct the name and namespace of the reference, or create the missing object.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const { kind, namespace, name, reason } of linkerd.policy.ignoredAuthorizations)
      yield {
        linkerd: linkerd.placeOf(kind, { namespace, name }),
        path: WHERE[kind],
        data: {},
        message: `is ignored as a whole: ${reason}`,
      };
  },
};
