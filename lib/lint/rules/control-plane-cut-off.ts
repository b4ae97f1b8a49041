import { enumerate } from "../../common/text";
import { meshPorts } from "../../linkerd/wire/ports";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";
import { isMeshed } from "../meshed-pairs";

export const controlPlaneCutOff: LintRule = {
  id: "control-plane-cut-off",
  severity: Severity.Error,
  title: "Meshed pods that cannot reach Linkerd's control plane",
  why:
    "Every proxy connects to linkerd-identity (8080), linkerd-destination (8086) and linkerd-policy (8090) itself. Without them a new pod never starts, " +
    "and a running one loses its certificate within 24 hours and misses changes of endpoints. Nothing becomes NotReady: once a proxy has been ready, it " +
    "stays so.",
  fix: "Allow egress to the namespace linkerd on TCP 8080, 8086 and 8090.",
  kubernetes: true,
  *check(context) {
    const { identity, destination } = context.services;
    const losses = new Losses(context, "egress");
    for (const pod of context.pods) {
      if (!isMeshed(pod) || pod.facts.namespace === identity.namespace) continue;
      const lost = [
        { what: "linkerd-identity (8080)", to: identity.id, port: meshPorts.identity },
        { what: "linkerd-destination (8086)", to: destination.id, port: meshPorts.destination },
        { what: "linkerd-policy (8090)", to: destination.id, port: meshPorts.policy },
      ].filter(({ to, port }) => isDenied(context, { from: pod.facts.id, to, proto: "TCP", port }, "egress"));
      if (lost.length > 0)
        losses.add(pod, {
          words: enumerate(lost.map(({ what }) => what)),
          data: { ports: lost.map(({ port }) => port) },
        });
    }
    yield* losses.observations((pods, lost) => `the proxy of ${pods} cannot reach ${lost}`);
  },
};
