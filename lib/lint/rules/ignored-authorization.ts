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
  title: "Authorization that Linkerd ignores",
  why:
    "Linkerd's policy controller leaves a policy out as a whole where one of its references leads nowhere, and says so in its log only. It can only admit, so that whoever it is " +
    "about is shut out (measured: 403).",
  fix: "Correct the name and the namespace of what is referred to, or give the object that is missing.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const { kind, namespace, name, reason } of linkerd.policy.ignoredAuthorizations)
      yield {
        linkerd: linkerd.placeOf(kind, { namespace, name }),
        path: WHERE[kind],
        message: `is ignored whole: ${reason}`,
      };
  },
};
