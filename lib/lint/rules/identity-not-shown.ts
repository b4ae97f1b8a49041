import { judgedByProxy, sentByProxy } from "../../linkerd/wire/wire";
import { identityWords } from "../../reachability/linkerd/admitted-words";
import { someOf } from "../../reachability/words";
import { accountsNamed } from "../accounts-named";
import { admittedFlows } from "../admitted-flows";
import { type LintRule, Severity } from "../finding";

export const identityNotShown: LintRule = {
  id: "identity-not-shown",
  severity: Severity.Warning,
  title: "An authorization for pods that present no identity",
  why:
    "A proxy presents the identity, in mTLS. Pods without a proxy have none, whatever their service account, and what a client sends past its proxy " +
    "(`config.linkerd.io/skip-outbound-ports`, or the chart's `proxyInit.ignoreOutboundPorts`, 4567 and 4568) shows none either. The server's proxy " +
    "treats both as anonymous.",
  fix: "Mesh the clients and take the port out of their skipped ports, or admit them by address with a NetworkAuthentication.",
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
          data: { account, namespace, pod: first.id },
          message: `${account}.${namespace} is the account of ${first.id}, which has no proxy and presents no identity: this does not admit it`,
        };
      }
    }
    const facts = new Map(linkerd.pods.map((pod) => [pod.facts.id, pod.facts]));
    for (const [place, byIdentity] of admittedFlows(linkerd)) {
      for (const [identity, flows] of byIdentity) {
        // If the port bypasses the server's proxy, nothing checks identities.
        const judged = flows.filter(({ to, port }) => judgedByProxy(facts.get(to)?.mesh, port));
        const [first] = judged;
        const isShown = judged.some(({ from, port }) => sentByProxy(facts.get(from)?.mesh, port));
        if (first === undefined || isShown) continue;
        const clients = [...new Set(judged.map(({ from }) => from))].sort();
        yield {
          linkerd: place,
          path: ["spec"],
          data: { identity, to: first.to, port: first.port, clients },
          message: `does not admit ${identityWords(identity)} to ${first.to} on port ${first.port}, which ${someOf(clients, 3)} takes past its proxy (skip-outbound-ports)`,
        };
      }
    }
  },
};
