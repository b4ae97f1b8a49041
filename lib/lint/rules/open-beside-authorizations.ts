import { targetsKind } from "../../linkerd/api/target-ref";
import { type LintRule, Severity } from "../finding";

export const openBesideAuthorizations: LintRule = {
  id: "open-beside-authorizations",
  severity: Severity.Warning,
  title: "Server that is open whatever is authorized on it",
  why:
    "A Server's `accessPolicy` is for everybody, beside what policies admit; nothing of Linkerd's denies. With `all-unauthenticated`, and with `audit`, which only writes into the log, a " +
    "policy on the Server changes nothing.",
  fix: "Set `accessPolicy: deny`, which is the default, so that only the policies admit; or delete them.",
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
        message: `lets everybody in, with or without AuthorizationPolicy ${names}`,
      };
    }
  },
};
