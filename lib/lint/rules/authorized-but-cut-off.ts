import { append, getOrMake } from "../../common/maps";
import { accountIdentity } from "../../linkerd/api/identity";
import { identityWords } from "../../reachability/admitted-words";
import { stateOf } from "../../reachability/verdict";
import type { Flow } from "../../scenario/scenario";
import { type LintRule, Severity } from "../finding";
import type { LinkerdContext } from "../linkerd-context";

export const authorizedButCutOff: LintRule = {
  id: "authorized-but-cut-off",
  severity: Severity.Warning,
  title: "An authorization for clients that Cilium cuts off",
  why:
    "A request passes two fences: Cilium on the wire, and Linkerd in the server's proxy. A client that a Server admits but Cilium's policies drop does " +
    "not get in, and sees a timeout instead of a 403. In `transport-header`, and on opaque ports, the port on the wire is 4143.",
  fix: "Allow the client in the network policies of both ends, on the port that is on the wire, or remove the account from the authorization.",
  *check(context) {
    const { linkerd } = context;
    if (linkerd === undefined) return;
    for (const [place, byIdentity] of admittedFlows(linkerd)) {
      for (const [identity, flows] of byIdentity) {
        const verdicts = flows.map((flow) => context.reachability.verdict(flow));
        const [first] = verdicts;
        const isCut = verdicts.every(
          (verdict) => stateOf(verdict) === "denied" && (verdict.egress === "denied" || verdict.ingress === "denied"),
        );
        if (first === undefined || !isCut) continue;
        const { wire, port, to } = first;
        const onWire = wire !== undefined && wire.port !== port ? `, which is ${wire.port} on the wire` : "";
        const end = first.egress === "denied" ? "egress" : "ingress";
        yield {
          linkerd: place,
          path: ["spec"],
          message: `admits ${identityWords(identity)}, which Cilium's ${end} policies keep from ${to} on port ${port}${onWire}`,
        };
      }
    }
  },
};

/** By authorization and the identity that it names, the edges that it is for. */
function admittedFlows(linkerd: LinkerdContext): Map<number, Map<string, Flow[]>> {
  const clients = new Map<string, string[]>();
  for (const { facts } of linkerd.pods) {
    const { serviceAccount, namespace } = facts;
    if (serviceAccount !== undefined && namespace !== undefined)
      append(clients, accountIdentity(serviceAccount, namespace, linkerd.policy.settings), facts.id);
  }
  const found = new Map<number, Map<string, Flow[]>>();
  for (const server of linkerd.policy.objects.servers)
    for (const pod of linkerd.selectedBy(server))
      for (const port of linkerd.portsOf(server, pod)) {
        const [policy, other] = linkerd.policy.policiesOfPort(pod.workload, port);
        if (policy === undefined || other !== undefined || policy.server?.name !== server.name) continue;
        for (const { ref, authentication } of linkerd.authorizationsOf(policy)) {
          if (ref.kind === "default" || authentication.kind !== "identity") continue;
          const kind = ref.kind === "authorizationpolicy" ? "AuthorizationPolicy" : "ServerAuthorization";
          const place = linkerd.placeOf(kind, { namespace: server.namespace, name: ref.name });
          const byIdentity = getOrMake(found, place, () => new Map<string, Flow[]>());
          for (const identity of authentication.identities)
            for (const from of clients.get(identity) ?? [])
              if (from !== pod.facts.id) append(byIdentity, identity, { from, to: pod.facts.id, proto: "TCP", port });
        }
      }
  return found;
}
