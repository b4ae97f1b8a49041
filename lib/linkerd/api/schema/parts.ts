/**
 * Schemas that several of Linkerd's CRDs share (edge-26.8.3, `charts/linkerd-crds/templates`), including the Gateway API's types that Linkerd's
 * HTTPRoute adopts.
 */
import type { Schema } from "../../../kubernetes/schema/schema";

const DNS_SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

export const text: Schema = { type: "string" };
export const texts: Schema = { type: "array", items: text };
export const group: Schema = { type: "string", maxLength: 253, pattern: `^$|^${DNS_SUBDOMAIN}$` };
export const kind: Schema = {
  type: "string",
  minLength: 1,
  maxLength: 63,
  pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
};
export const objectName: Schema = { type: "string", minLength: 1, maxLength: 253 };
export const dnsLabel: Schema = { type: "string", pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" };
export const namespace: Schema = { ...dnsLabel, minLength: 1, maxLength: 63 };
export const portNumber: Schema = { type: "integer", format: "int32", minimum: 1, maximum: 65535 };
export const hostname: Schema = {
  type: "string",
  minLength: 1,
  maxLength: 253,
  pattern: `^(\\*\\.)?${DNS_SUBDOMAIN}$`,
};
export const preciseHostname: Schema = { ...hostname, pattern: `^${DNS_SUBDOMAIN}$` };

/** The CRDs of `policy.linkerd.io` do not validate the labels of selectors: they store values of any type. */
export const selector: Schema = {
  type: "object",
  properties: {
    matchLabels: { type: "object", preserveUnknownFields: true },
    matchExpressions: {
      type: "array",
      items: {
        type: "object",
        required: ["key", "operator"],
        properties: {
          key: text,
          operator: { type: "string", enum: ["In", "NotIn", "Exists", "DoesNotExist"] },
          values: texts,
        },
      },
    },
  },
};

export const networks: Schema = {
  type: "array",
  items: { type: "object", required: ["cidr"], properties: { cidr: text, except: texts } },
};

export const condition: Schema = {
  type: "object",
  required: ["status", "type"],
  properties: {
    lastTransitionTime: { type: "string", format: "date-time" },
    message: { type: "string", maxLength: 32768 },
    reason: { type: "string", minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" },
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    type: {
      type: "string",
      maxLength: 316,
      pattern: `^(${DNS_SUBDOMAIN}/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`,
    },
  },
};

/** The schema of an object with this spec. */
export function withSpec(spec: Schema, status?: Schema): Schema {
  return { type: "object", required: ["spec"], properties: status === undefined ? { spec } : { spec, status } };
}
