import { accountsNamed } from "../accounts-named";
import { type LintRule, Severity } from "../finding";

export const identityNotShown: LintRule = {
  id: "identity-not-shown",
  severity: Severity.Warning,
  title: "Authorization for pods that show no identity",
  why: "An identity is shown by a proxy, in mTLS. Pods without one have none, whatever their service account is, and come to the server's proxy as anybody does.",
  fix: "Mesh the clients, or admit them by their addresses with a NetworkAuthentication.",
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
          message: `${account}.${namespace} is the account of ${first.id}, which has no proxy and shows no identity: it is not let in by this`,
        };
      }
    }
  },
};
