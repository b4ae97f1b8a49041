import { openBesideAuthorizations } from "../../../lib/lint/rules/open-beside-authorizations";
import { account, policy, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(openBesideAuthorizations, {
  finds: [
    {
      what: "a Server that admits everybody",
      objects: [server("port: 8080, accessPolicy: all-unauthenticated"), policy(account("web"))],
      finds: [["Server shop/http", "spec.accessPolicy", /lets everybody in, with or without AuthorizationPolicy p/]],
    },
  ],
  passes: [
    { what: "one that denies", objects: [server(), policy(account("web"))] },
    { what: "one that is open and has no policies", objects: [server("port: 8080, accessPolicy: audit")] },
    {
      what: "one for the cluster, besides which policies have an effect",
      objects: [server("port: 8080, accessPolicy: cluster-authenticated"), policy(account("web"))],
    },
  ],
});
