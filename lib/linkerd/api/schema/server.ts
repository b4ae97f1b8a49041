import type { CustomResource, Schema } from "../../../kubernetes/schema/schema";
import { dnsLabel, networks, selector, withSpec } from "./parts";

const port: Schema = { intOrString: true };
/** The webhook, not the schema, validates the value. */
const proxyProtocol: Schema = { type: "string", default: "unknown" };

/** In v1alpha1, a selector has either labels or expressions. */
const podsOnce: Schema = {
  ...selector,
  oneOf: [{ required: ["matchExpressions"] }, { required: ["matchLabels"] }],
};

function ofPods(podSelector: Schema): Schema {
  return withSpec({
    type: "object",
    required: ["podSelector", "port"],
    properties: { podSelector, port, proxyProtocol },
  });
}

function ofPodsOrExternalWorkloads(more: Readonly<Record<string, Schema>> = {}): Schema {
  return withSpec({
    type: "object",
    required: ["port"],
    oneOf: [{ required: ["podSelector"] }, { required: ["externalWorkloadSelector"] }],
    properties: { ...more, podSelector: selector, externalWorkloadSelector: selector, port, proxyProtocol },
  });
}

export const server: CustomResource = {
  group: "policy.linkerd.io",
  kind: "Server",
  namespaced: true,
  versions: {
    v1alpha1: { schema: ofPods(podsOnce) },
    v1beta1: { schema: ofPods(selector) },
    v1beta2: { schema: ofPodsOrExternalWorkloads() },
    v1beta3: { schema: ofPodsOrExternalWorkloads({ accessPolicy: { type: "string", default: "deny" } }) },
  },
};

const serverAuthorizationSchema = withSpec({
  type: "object",
  required: ["server", "client"],
  properties: {
    server: {
      type: "object",
      oneOf: [{ required: ["name"] }, { required: ["selector"] }],
      properties: { name: dnsLabel, selector },
    },
    client: {
      type: "object",
      properties: {
        networks,
        unauthenticated: { type: "boolean" },
        meshTLS: {
          type: "object",
          properties: {
            unauthenticatedTLS: { type: "boolean" },
            identities: {
              type: "array",
              items: {
                type: "string",
                pattern: "^(\\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
              },
            },
            serviceAccounts: {
              type: "array",
              items: { type: "object", required: ["name"], properties: { name: dnsLabel, namespace: dnsLabel } },
            },
          },
        },
      },
    },
  },
});

export const serverAuthorization: CustomResource = {
  group: "policy.linkerd.io",
  kind: "ServerAuthorization",
  namespaced: true,
  versions: { v1alpha1: { schema: serverAuthorizationSchema }, v1beta1: { schema: serverAuthorizationSchema } },
};
