import type { WebhookFacts } from "../../scenario/lint-facts";
import type { KubernetesObject } from "./objects";
import { isRecord, memberAt } from "./shape";

/** Reads the Services that the API server itself calls: admission webhooks, extension API servers, and conversion webhooks of custom resources. */
export function readWebhooks(object: KubernetesObject): WebhookFacts[] {
  const { kind, name, value } = object;
  switch (kind) {
    case "MutatingWebhookConfiguration":
    case "ValidatingWebhookConfiguration": {
      const { webhooks } = value;
      return (Array.isArray(webhooks) ? webhooks : []).flatMap((webhook) => {
        const service = serviceOf(memberAt(webhook, ["clientConfig", "service"]));
        if (service === undefined) return [];
        const failurePolicy = memberAt(webhook, ["failurePolicy"]) === "Ignore" ? "Ignore" : "Fail";
        const resources = resourcesOf(memberAt(webhook, ["rules"]));
        const own = memberAt(webhook, ["name"]);
        return [{ kind, name: typeof own === "string" ? own : name, ...service, failurePolicy, resources }];
      });
    }
    case "APIService": {
      const service = serviceOf(memberAt(value, ["spec", "service"]));
      return service === undefined ? [] : [{ kind, name, ...service }];
    }
    case "CustomResourceDefinition": {
      const service = serviceOf(memberAt(value, ["spec", "conversion", "webhook", "clientConfig", "service"]));
      return service === undefined ? [] : [{ kind, name, ...service }];
    }
    default:
      return [];
  }
}

/** The groups of the kinds that {@link readWebhooks} reads. */
export const webhookGroups: Readonly<Record<string, string>> = {
  MutatingWebhookConfiguration: "admissionregistration.k8s.io",
  ValidatingWebhookConfiguration: "admissionregistration.k8s.io",
  APIService: "apiregistration.k8s.io",
  CustomResourceDefinition: "apiextensions.k8s.io",
};

function serviceOf(value: unknown): Pick<WebhookFacts, "service" | "namespace" | "port"> | undefined {
  if (!isRecord(value)) return undefined;
  const { name, namespace, port } = value;
  if (typeof name !== "string" || typeof namespace !== "string") return undefined;
  return { service: name, namespace, port: typeof port === "number" ? port : 443 };
}

function resourcesOf(rules: unknown): string[] {
  const named = (Array.isArray(rules) ? rules : []).flatMap((rule) => memberAt(rule, ["resources"]) ?? []);
  return [...new Set(named.filter((resource): resource is string => typeof resource === "string"))];
}
