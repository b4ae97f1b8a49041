import { identityWords } from "../../reachability/linkerd/admitted-words";
import { stateOf } from "../../reachability/verdict";
import { admittedFlows } from "../admitted-flows";
import { type LintRule, Severity } from "../finding";

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
          data: { identity, to, port, wirePort: wire?.port, end },
          message: `admits ${identityWords(identity)}, which Cilium's ${end} policies keep from ${to} on port ${port}${onWire}`,
        };
      }
    }
  },
};
