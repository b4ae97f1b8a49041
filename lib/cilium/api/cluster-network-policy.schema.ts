// Written by `npm run schema:crds` from the CRDs of the Network Policy API v0.2.0, experimental channel. Not to be edited.
import type { CustomResource, Schema } from "../../kubernetes/schema/schema";

const number: Schema = { format: "int32", maximum: 65535, minimum: 1, type: "integer" };

const sctp: Schema = {
  minProperties: 1,
  properties: {
    destinationPort: {
      maxProperties: 1,
      minProperties: 1,
      properties: {
        number: number,
        range: {
          properties: { end: number, start: number },
          required: ["end", "start"],
          type: "object",
          validations: [{ rule: "self.start < self.end", message: "Start port must be less than End port" }],
        },
      },
      type: "object",
    },
  },
  type: "object",
};

const protocols: Schema = {
  items: {
    maxProperties: 1,
    minProperties: 1,
    properties: { destinationNamedPort: { type: "string" }, sctp: sctp, tcp: sctp, udp: sctp },
    type: "object",
  },
  maxItems: 25,
  minItems: 1,
  type: "array",
};

const namespaces: Schema = {
  properties: {
    matchExpressions: {
      items: {
        properties: {
          key: { type: "string" },
          operator: { type: "string" },
          values: { items: { type: "string" }, type: "array" },
        },
        required: ["key", "operator"],
        type: "object",
      },
      type: "array",
    },
    matchLabels: { additionalProperties: { type: "string" }, type: "object" },
  },
  type: "object",
};

const pods: Schema = {
  properties: { namespaceSelector: namespaces, podSelector: namespaces },
  required: ["podSelector"],
  type: "object",
};

const fromItem: Schema = {
  maxProperties: 1,
  minProperties: 1,
  properties: { namespaces: namespaces, pods: pods },
  type: "object",
};

const clusterNetworkPolicySchema: Schema = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: {
      properties: {
        egress: {
          items: {
            properties: {
              action: { enum: ["Accept", "Deny", "Pass"], type: "string" },
              name: { maxLength: 100, type: "string" },
              protocols: protocols,
              to: {
                items: {
                  maxProperties: 1,
                  minProperties: 1,
                  properties: {
                    domainNames: {
                      items: {
                        pattern:
                          "^(\\*\\.)?([a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\\.)+[a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\\.?$",
                        type: "string",
                      },
                      maxItems: 25,
                      minItems: 1,
                      type: "array",
                      listType: "set",
                    },
                    namespaces: namespaces,
                    networks: {
                      items: {
                        maxLength: 43,
                        type: "string",
                        validations: [{ rule: "isCIDR(self)", message: "Invalid CIDR format provided" }],
                      },
                      maxItems: 25,
                      minItems: 1,
                      type: "array",
                      listType: "set",
                    },
                    nodes: namespaces,
                    pods: pods,
                  },
                  type: "object",
                },
                maxItems: 25,
                minItems: 1,
                type: "array",
              },
            },
            required: ["action", "to"],
            type: "object",
            validations: [
              {
                rule: "!(self.to.exists(peer, has(peer.networks) || has(peer.nodes) || has(peer.domainNames)) && has(self.protocols) && self.protocols.exists(protocol, has(protocol.destinationNamedPort)))",
                message:
                  "networks/nodes/domainNames peer cannot be set with namedPorts since there are no namedPorts for networks/nodes/domainNames",
              },
            ],
          },
          maxItems: 25,
          type: "array",
        },
        ingress: {
          items: {
            properties: {
              action: { enum: ["Accept", "Deny", "Pass"], type: "string" },
              from: { items: fromItem, maxItems: 25, minItems: 1, type: "array" },
              name: { maxLength: 100, type: "string" },
              protocols: protocols,
            },
            required: ["action", "from"],
            type: "object",
          },
          maxItems: 25,
          type: "array",
        },
        priority: { format: "int32", maximum: 1000, minimum: 0, type: "integer" },
        subject: fromItem,
        tier: { enum: ["Admin", "Baseline"], type: "string" },
      },
      required: ["priority", "subject", "tier"],
      type: "object",
    },
    status: {
      properties: {
        conditions: {
          items: {
            properties: {
              lastTransitionTime: { format: "date-time", type: "string" },
              message: { maxLength: 32768, type: "string" },
              observedGeneration: { format: "int64", minimum: 0, type: "integer" },
              reason: {
                maxLength: 1024,
                minLength: 1,
                pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                type: "string",
              },
              status: { enum: ["True", "False", "Unknown"], type: "string" },
              type: {
                maxLength: 316,
                pattern:
                  "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                type: "string",
              },
            },
            required: ["lastTransitionTime", "message", "reason", "status", "type"],
            type: "object",
          },
          type: "array",
          listMapKeys: ["type"],
          listType: "map",
        },
      },
      required: ["conditions"],
      type: "object",
    },
  },
  required: ["metadata", "spec"],
  type: "object",
};

export const clusterNetworkPolicy: CustomResource = {
  group: "policy.networking.k8s.io",
  kind: "ClusterNetworkPolicy",
  namespaced: false,
  versions: { v1alpha2: { schema: clusterNetworkPolicySchema, statusSubresource: true } },
};
