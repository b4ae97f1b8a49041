import { accountsNamed } from "../accounts-named";
import { type LintRule, Severity } from "../finding";

export const identityNotShown: LintRule = {
  id: "identity-not-shown",
  severity: Severity.Warning,
  title: "An authorization for pods that present no identity",
  why:
    "A proxy presents the identity, in mTLS. Pods without a proxy have none, whatever their service account, and the server's proxy treats them as " +
    "anonymous.",
  fix: "Mesh the clients, or admit them by address with a NetworkAuthentication.",
  *check({ linkerd, scenario }) {
    if (linkerd === undefined) return;
    for (const { place, path, accounts } of accountsNamed(linkerd)) {
      for (const { namespace, account } of accounts) {
        const pods = scenario.endpoints.filter(
          (one) => one.namespace === namespace && one.serviceAccount === account && one.representative === undefined,
        );
        const [first] = pods;
        if (first === undefined || pods.some(({ mesh }) => mesh?.injected === true)) continue;
        yield {
          linkerd: place,
          path,
          message: `${account}.${namespace} is the account of ${first.id}, which has no proxy and presents no identity: this does not admit it`,
        };
      }
    }
  },
};
