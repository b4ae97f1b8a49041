import type { CustomResource, CustomResourceVersion, Schema } from "../../../kubernetes/schema/schema";
import { condition, portNumber, text, withSpec } from "./parts";

const identity: Schema = { type: "string", minLength: 1, maxLength: 253 };
const meshTls: Schema = {
  type: "object",
  required: ["identity", "serverName"],
  properties: { identity, serverName: identity },
};

/** Versions differ in the spelling of `meshTLS`, and in the number of addresses that they allow. */
function version(meshTlsField: string, addresses: number): CustomResourceVersion {
  const spec: Schema = {
    type: "object",
    required: [meshTlsField],
    properties: {
      [meshTlsField]: meshTls,
      ports: {
        type: "array",
        items: {
          type: "object",
          required: ["port"],
          properties: { name: text, port: portNumber, protocol: { type: "string", default: "TCP" } },
        },
      },
      workloadIPs: { type: "array", maxItems: addresses, items: { type: "object", properties: { ip: text } } },
    },
  };
  const timed: Schema = {
    ...condition,
    properties: { ...condition.properties, lastProbeTime: { type: "string", format: "date-time" } },
  };
  const status: Schema = { type: "object", properties: { conditions: { type: "array", items: timed } } };
  return { schema: withSpec(spec, status), statusSubresource: true };
}

export const externalWorkload: CustomResource = {
  group: "workload.linkerd.io",
  kind: "ExternalWorkload",
  namespaced: true,
  versions: { v1alpha1: version("meshTls", 1), v1beta1: version("meshTLS", 2) },
};
