import { append } from "../../common/maps";
import type { RouteFacts } from "../../scenario/scenario";
import type { LintContext } from "../context";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";

export const gatewayNotAdmitted: LintRule = {
  id: "gateway-not-admitted",
  severity: Severity.Error,
  title: "Pods behind Cilium's own gateway that do not admit it",
  why:
    "Traffic through a Gateway or an Ingress of Cilium is sent by Envoy on the node, with the identity `reserved:ingress`. It has neither the Gateway's " +
    "namespace, nor kube-system, nor the client's address. Only the entity `ingress` matches it (and `cluster` and `all`, which include it).",
  fix: "Admit it: `fromEntities: [ingress]` on the pods' port.",
  kubernetes: {
    fix: "Admit it with a CiliumNetworkPolicy: `fromEntities: [ingress]` on the pods' port. A NetworkPolicy cannot do it.",
  },
  *check(context) {
    const losses = new Losses(context, "ingress");
    const pods = new Map(context.pods.map((pod) => [pod.facts.id, pod]));
    const routed = new Map<string, RouteFacts[]>();
    for (const route of context.scenario.routes ?? []) append(routed, JSON.stringify([route.object, route.to]), route);
    for (const routes of routed.values()) {
      const [first] = routes;
      const pod = first && pods.get(first.to);
      if (pod !== undefined && routes.every((route) => isShut(context, route)))
        losses.add(pod, { words: first?.object ?? "", data: { route: first?.object } });
    }
    yield* losses.observations(
      (pods, via) =>
        `traffic through ${via} has the identity ingress, which nothing admits to ${pods}; no peer by pods, namespaces or addresses can`,
    );
  },
};

function isShut(context: LintContext, { to, proto, port }: RouteFacts): boolean {
  return isDenied(context, { from: context.services.gateway.id, to, proto, port }, "ingress");
}
