import { append } from "../../common/maps";
import type { RouteFacts } from "../../scenario/scenario";
import type { LintContext } from "../context";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";

export const gatewayNotAdmitted: LintRule = {
  id: "gateway-not-admitted",
  severity: Severity.Error,
  title: "Pods that Cilium's own gateway leads to and that do not admit it",
  why:
    "What comes through a Gateway or an Ingress of Cilium is sent by Envoy on the node and has the identity `reserved:ingress`: neither the namespace of the Gateway, nor kube-system, nor the address of " +
    "whoever asked. Only the entity `ingress` names it (and `cluster` and `all`, which hold it).",
  fix: "Admit it: `fromEntities: [ingress]` on the pods' port.",
  kubernetes: {
    fix: "Admit it with a CiliumNetworkPolicy: `fromEntities: [ingress]` on the pods' port. No NetworkPolicy can.",
  },
  *check(context) {
    const losses = new Losses(context, "ingress");
    const pods = new Map(context.pods.map((pod) => [pod.facts.id, pod]));
    const routed = new Map<string, RouteFacts[]>();
    for (const route of context.scenario.routes ?? []) append(routed, JSON.stringify([route.object, route.to]), route);
    for (const routes of routed.values()) {
      const [first] = routes;
      const pod = first && pods.get(first.to);
      if (pod !== undefined && routes.every((route) => isShut(context, route))) losses.add(pod, first?.object ?? "");
    }
    yield* losses.observations(
      (pods, via) =>
        `what comes through ${via} has the identity ingress, which nothing admits to ${pods}: no peer of pods, namespaces or addresses can`,
    );
  },
};

function isShut(context: LintContext, { to, proto, port }: RouteFacts): boolean {
  return isDenied(context, { from: context.services.gateway.id, to, proto, port }, "ingress");
}
