import type { Server } from "../../linkerd/api/server";
import { type LintRule, Severity } from "../finding";

export const overlappingServers: LintRule = {
  id: "overlapping-servers",
  severity: Severity.Warning,
  title: "Two Servers for one port",
  why:
    "The Server that was created first owns the port. The others have no effect there: neither their protocol nor their authorizations count. Linkerd's " +
    "documentation says that its webhook refuses such Servers, but it has not done so since edge-25.2.2 (linkerd2#13676).",
  fix: "Let only one Server select each port: narrow a podSelector, or merge the Servers.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const overlapping = new Map<Server, { other: Server; port: number; pod: string }>();
    for (const pod of linkerd.pods) {
      const ports = new Set(linkerd.policy.serversOf(pod.workload).flatMap((server) => linkerd.portsOf(server, pod)));
      for (const port of ports) {
        const [first, ...others] = linkerd.policy.serversOfPort(pod.workload, port);
        for (const server of others)
          if (first !== undefined && !overlapping.has(server))
            overlapping.set(server, { other: first, port, pod: pod.facts.id });
      }
    }
    for (const [server, { other, port, pod }] of overlapping) {
      const isKnown = server.createdAt !== undefined || other.createdAt !== undefined;
      yield {
        linkerd: linkerd.placeOf("Server", server),
        path: ["spec", "port"],
        data: { other: other.name, port, pod, isOlder: isKnown },
        message: isKnown
          ? `does nothing on port ${port} of ${pod}, which the older Server ${other.name} owns`
          : `selects port ${port} of ${pod}, as Server ${other.name} does: the one that is created first owns it, and the other has no effect there`,
      };
    }
  },
};
