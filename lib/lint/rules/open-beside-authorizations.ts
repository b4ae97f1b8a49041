import { targetsKind } from "../../linkerd/api/target-ref";
import { type LintRule, Severity } from "../finding";

export const openBesideAuthorizations: LintRule = {
  id: "open-beside-authorizations",
  severity: Severity.Warning,
  title: "A Server that is open no matter what is authorized on it",
  why:
    "A Server's `accessPolicy` applies to everybody, in addition to what policies admit; nothing in Linkerd denies. With `all-unauthenticated`, and with " +
    "`audit`, which only logs, a policy on the Server changes nothing.",
  fix: "Set `accessPolicy: deny`, the default, so that only the policies admit clients; or delete the policies.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { servers, authorizationPolicies } = linkerd.policy.objects;
    for (const server of servers) {
      const { accessPolicy, namespace, name } = server;
      if (accessPolicy !== "all-unauthenticated" && accessPolicy !== "audit") continue;
      const idle = authorizationPolicies.filter(
        ({ namespace: own, spec: { targetRef: target } }) =>
          own === namespace && targetsKind(target, "policy.linkerd.io", "Server") && target.name === name,
      );
      if (idle.length === 0) continue;
      const names = idle
        .map((policy) => policy.name)
        .sort()
        .join(", ");
      yield {
        linkerd: linkerd.placeOf("Server", server),
        path: ["spec", "accessPolicy"],
        data: { accessPolicy, policies: idle.map((policy) => policy.name) },
        message: `lets everybody in, with or without AuthorizationPolicy ${names}`,
      };
    }
  },
};
