import { enumerate } from "../../common/text";
import type { WebhookFacts } from "../../scenario/lint-facts";
import { backendsOf, serviceNamed, targetsOf } from "../backends";
import type { KnownEndpoint, LintContext } from "../context";
import { type LintRule, Severity } from "../finding";
import { isDenied, Losses } from "../losses";

export const webhookCutOff: LintRule = {
  id: "webhook-cut-off",
  severity: Severity.Error,
  title: "A webhook that the API server cannot reach",
  why:
    "The API server calls admission webhooks and extension API servers over the network: from a node or, if it is managed, from outside the cluster. It " +
    "is not a pod, so no pod or namespace selector admits it. With failurePolicy Fail, every affected request is then refused. With Ignore, requests pass " +
    "as if the webhook did not exist: pods start without Linkerd's proxy, and nothing reports it.",
  fix: "Admit it on the pods' port with `fromEntities: [kube-apiserver]`. If it runs on nodes that Cilium does not know as control plane, add `remote-node`.",
  kubernetes: {
    fix: "Admit it with a CiliumNetworkPolicy, `fromEntities: [kube-apiserver]` on the pods' port: an ipBlock does not match nodes, and no selector matches the API server.",
  },
  *check(context) {
    const losses = new Losses(context, "ingress");
    for (const webhook of context.facts.webhooks ?? []) {
      const service = serviceNamed(context, webhook.namespace, webhook.service);
      if (service === undefined) continue;
      const pods = backendsOf(context, service);
      const shut = pods.filter((pod) => isCutOff(context, pod, targetsOf(pod, service, webhook.port)));
      // The webhook works as long as one of its pods is reachable.
      if (pods.length === 0 || shut.length < pods.length) continue;
      for (const pod of shut)
        losses.add(pod, {
          words: wordsOf(webhook),
          data: { webhook: webhook.name, failurePolicy: webhook.failurePolicy, resources: webhook.resources },
        });
    }
    yield* losses.observations((pods, lost) => `the API server cannot reach ${pods}: ${lost}`);
  },
};

function isCutOff(context: LintContext, { facts }: KnownEndpoint, ports: readonly number[]): boolean {
  const { apiServer } = context.services;
  const known = context.endpoints.filter(({ facts }) => facts.reserved?.includes("kube-apiserver"));
  const ids = known.length > 0 ? known.map(({ facts }) => facts.id) : [apiServer.id];
  return (
    ports.length > 0 &&
    ports.every((port) => ids.every((from) => isDenied(context, { from, to: facts.id, proto: "TCP", port }, "ingress")))
  );
}

function wordsOf({ kind, name, failurePolicy, resources = [] }: WebhookFacts): string {
  if (kind === "APIService") return `${name} is unavailable, and whoever lists all kinds of objects gets an error`;
  if (kind === "CustomResourceDefinition")
    return `a ${name} in any version but the stored one can be neither read nor written`;
  if (failurePolicy === "Fail") {
    const what = resources.length === 0 || resources.includes("*") ? "what it covers" : enumerate(resources);
    return `${name} has failurePolicy Fail, so ${what} cannot be created or changed`;
  }
  const effect = injectors.test(name)
    ? "pods start without a sidecar, and nothing reports it"
    : "requests pass as if it were not there";
  return `${name} has failurePolicy Ignore, so ${effect}`;
}

const injectors = /(^|[.-])(proxy|sidecar|tap)-injector\b/;
