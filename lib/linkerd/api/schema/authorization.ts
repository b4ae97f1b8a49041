import type { CustomResource, Schema } from "../../../kubernetes/schema/schema";
import { condition, group, kind, namespace, networks, objectName, text, withSpec } from "./parts";

const localRef: Schema = { type: "object", required: ["kind", "name"], properties: { group, kind, name: objectName } };
/** Unlike in other references, the namespace may be any text. */
const authenticationRef: Schema = {
  ...localRef,
  properties: { group, kind, name: objectName, namespace: { type: "string", maxLength: 253 } },
};

export const authorizationPolicy = policyResource("AuthorizationPolicy", {
  type: "object",
  required: ["targetRef", "requiredAuthenticationRefs"],
  properties: { targetRef: localRef, requiredAuthenticationRefs: { type: "array", items: authenticationRef } },
});

export const meshTlsAuthentication = policyResource("MeshTLSAuthentication", {
  type: "object",
  oneOf: [{ required: ["identities"] }, { required: ["identityRefs"] }],
  properties: {
    identities: { type: "array", minItems: 1, items: text },
    identityRefs: { type: "array", minItems: 1, items: { ...authenticationRef, required: ["kind"] } },
  },
});

export const networkAuthentication = policyResource("NetworkAuthentication", {
  type: "object",
  required: ["networks"],
  properties: { networks },
});

const rate: Schema = { type: "integer", format: "int64" };
const limit: Schema = { type: "object", required: ["requestsPerSecond"], properties: { requestsPerSecond: rate } };
const conditions: Schema = { type: "array", items: condition };

export const httpLocalRateLimitPolicy = policyResource(
  "HTTPLocalRateLimitPolicy",
  {
    type: "object",
    required: ["targetRef"],
    properties: {
      targetRef: localRef,
      total: limit,
      identity: limit,
      overrides: {
        type: "array",
        items: {
          type: "object",
          required: ["requestsPerSecond", "clientRefs"],
          properties: {
            requestsPerSecond: rate,
            clientRefs: {
              type: "array",
              items: { ...localRef, properties: { group, kind, name: objectName, namespace } },
            },
          },
        },
      },
    },
  },
  {
    type: "object",
    required: ["targetRef"],
    properties: {
      conditions,
      targetRef: {
        type: "object",
        required: ["name"],
        properties: {
          group: { ...group, default: "policy.linkerd.io" },
          kind: { ...kind, default: "Server" },
          name: objectName,
        },
      },
    },
  },
);

export const egressNetwork = policyResource(
  "EgressNetwork",
  {
    type: "object",
    required: ["trafficPolicy"],
    properties: { trafficPolicy: { type: "string", enum: ["Allow", "Deny"] }, networks },
  },
  { type: "object", properties: { conditions } },
);

function policyResource(name: string, spec: Schema, status?: Schema): CustomResource {
  const version = { schema: withSpec(spec, status), ...(status !== undefined && { statusSubresource: true as const }) };
  return { group: "policy.linkerd.io", kind: name, namespaced: true, versions: { v1alpha1: version } };
}
