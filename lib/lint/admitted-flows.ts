import { append, getOrMake } from "../common/maps";
import { accountIdentity } from "../linkerd/api/identity";
import type { Flow } from "../scenario/scenario";
import type { LinkerdContext } from "./linkerd-context";

/** By authorization (its index) and identity that it names, the flows that it admits. */
export function admittedFlows(linkerd: LinkerdContext): Map<number, Map<string, Flow[]>> {
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
