import { type LintRule, Severity } from "../finding";

export const authorizesAnyone: LintRule = {
  id: "authorizes-anyone",
  severity: Severity.Error,
  title: "An AuthorizationPolicy without any authentication",
  why:
    "All of `requiredAuthenticationRefs` have to hold, which an empty list trivially satisfies. Linkerd's CRD and webhook accept it, and it admits " +
    "anyone, from anywhere, without mTLS (measured: an unmeshed client got 200).",
  fix: "Name a ServiceAccount, a MeshTLSAuthentication or a NetworkAuthentication, or delete the policy.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const { namespace, name, spec } of linkerd.policy.objects.authorizationPolicies) {
      if (spec.requiredAuthenticationRefs.length > 0) continue;
      yield {
        linkerd: linkerd.placeOf("AuthorizationPolicy", { namespace, name }),
        path: ["spec", "requiredAuthenticationRefs"],
        data: {},
        message: "requires nothing, so it admits anyone, from anywhere, without mTLS",
      };
    }
  },
};
