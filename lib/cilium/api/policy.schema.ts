// Written by `npm run schema:crds` from the CRDs of Cilium v1.20.2. Not to be edited.
import type { CustomResource, Schema } from "../../kubernetes/schema/schema";

const authentication: Schema = {
  properties: { mode: { enum: ["disabled", "required", "test-always-fail"], type: "string" } },
  required: ["mode"],
  type: "object",
};

const icmps: Schema = {
  items: {
    properties: {
      fields: {
        items: {
          properties: {
            family: { default: "IPv4", enum: ["IPv4", "IPv6"], type: "string" },
            type: {
              pattern:
                "^([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]|EchoReply|DestinationUnreachable|Redirect|Echo|RouterAdvertisement|RouterSelection|TimeExceeded|ParameterProblem|Timestamp|TimestampReply|Photuris|ExtendedEchoRequest|ExtendedEcho Reply|PacketTooBig|ParameterProblem|EchoRequest|MulticastListenerQuery|MulticastListenerReport|MulticastListenerDone|RouterSolicitation|RouterAdvertisement|NeighborSolicitation|NeighborAdvertisement|RedirectMessage|RouterRenumbering|ICMPNodeInformationQuery|ICMPNodeInformationResponse|InverseNeighborDiscoverySolicitation|InverseNeighborDiscoveryAdvertisement|HomeAgentAddressDiscoveryRequest|HomeAgentAddressDiscoveryReply|MobilePrefixSolicitation|MobilePrefixAdvertisement|DuplicateAddressRequestCodeSuffix|DuplicateAddressConfirmationCodeSuffix)$",
              intOrString: true,
            },
          },
          required: ["type"],
          type: "object",
        },
        maxItems: 40,
        type: "array",
      },
    },
    type: "object",
  },
  type: "array",
};

const labelSelector: Schema = {
  properties: {
    matchExpressions: {
      items: {
        properties: {
          key: { type: "string" },
          operator: { enum: ["In", "NotIn", "Exists", "DoesNotExist"], type: "string" },
          values: { items: { type: "string" }, type: "array" },
        },
        required: ["key", "operator"],
        type: "object",
      },
      type: "array",
    },
    matchLabels: {
      additionalProperties: { maxLength: 63, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$", type: "string" },
      type: "object",
    },
  },
  type: "object",
};

const toCIDRSet: Schema = {
  items: {
    oneOf: [
      { properties: { cidr: {} }, required: ["cidr"] },
      { properties: { cidrGroupRef: {} }, required: ["cidrGroupRef"] },
      { properties: { cidrGroupSelector: {} }, required: ["cidrGroupSelector"] },
    ],
    properties: {
      cidr: { format: "cidr", type: "string" },
      cidrGroupRef: {
        maxLength: 253,
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        type: "string",
      },
      cidrGroupSelector: labelSelector,
      except: { items: { format: "cidr", type: "string" }, type: "array" },
    },
    type: "object",
  },
  type: "array",
};

const toEndpoints: Schema = { items: labelSelector, type: "array" };

const toEntities: Schema = {
  items: {
    enum: [
      "all",
      "world",
      "cluster",
      "cluster-mesh",
      "host",
      "init",
      "ingress",
      "unmanaged",
      "remote-node",
      "health",
      "none",
      "kube-apiserver",
    ],
    type: "string",
  },
  type: "array",
};

const matchPattern: Schema = { maxLength: 255, pattern: "^([-a-zA-Z0-9_*]+[.]?)+$", type: "string" };

const fqdnSelector: Schema = {
  oneOf: [
    { properties: { matchName: {} }, required: ["matchName"] },
    { properties: { matchPattern: {} }, required: ["matchPattern"] },
  ],
  properties: {
    matchName: { maxLength: 255, pattern: "^([-a-zA-Z0-9_]+[.]?)+$", type: "string" },
    matchPattern: matchPattern,
  },
  type: "object",
};

const toFQDNs: Schema = { items: fqdnSelector, type: "array" };

const toGroups: Schema = {
  items: {
    properties: {
      aws: {
        properties: {
          labels: { additionalProperties: { type: "string" }, type: "object" },
          region: { type: "string" },
          securityGroupsIds: { items: { type: "string" }, type: "array" },
          securityGroupsNames: { items: { type: "string" }, type: "array" },
        },
        type: "object",
      },
    },
    type: "object",
  },
  type: "array",
};

const secret: Schema = {
  properties: { name: { type: "string" }, namespace: { type: "string" } },
  required: ["name"],
  type: "object",
};

const originatingTLS: Schema = {
  properties: {
    certificate: { type: "string" },
    privateKey: { type: "string" },
    secret: secret,
    trustedCA: { type: "string" },
  },
  required: ["secret"],
  type: "object",
};

const portsItem: Schema = {
  properties: {
    endPort: { format: "int32", maximum: 65535, minimum: 0, type: "integer" },
    port: {
      pattern:
        "^(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4})|([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*$",
      type: "string",
    },
    protocol: {
      enum: ["TCP", "UDP", "SCTP", "VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH", "ANY"],
      type: "string",
    },
  },
  type: "object",
};

const toPorts: Schema = {
  items: {
    properties: {
      listener: {
        properties: {
          envoyConfig: {
            properties: {
              kind: { enum: ["CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"], type: "string" },
              name: { minLength: 1, type: "string" },
            },
            required: ["name"],
            type: "object",
          },
          name: { minLength: 1, type: "string" },
          priority: { maximum: 100, minimum: 1, type: "integer" },
        },
        required: ["envoyConfig", "name"],
        type: "object",
      },
      originatingTLS: originatingTLS,
      ports: { items: portsItem, maxItems: 40, type: "array" },
      rules: {
        oneOf: [
          { properties: { http: {} }, required: ["http"] },
          { properties: { dns: {} }, required: ["dns"] },
        ],
        properties: {
          dns: toFQDNs,
          http: {
            items: {
              properties: {
                headerMatches: {
                  items: {
                    properties: {
                      mismatch: { enum: ["LOG", "ADD", "DELETE", "REPLACE"], type: "string" },
                      name: { minLength: 1, type: "string" },
                      secret: secret,
                      value: { type: "string" },
                    },
                    required: ["name"],
                    type: "object",
                  },
                  type: "array",
                },
                headers: { items: { type: "string" }, type: "array" },
                host: { type: "string" },
                method: { type: "string" },
                path: { type: "string" },
              },
              type: "object",
            },
            type: "array",
          },
        },
        type: "object",
      },
      serverNames: { items: matchPattern, minItems: 1, type: "array", listType: "set" },
      terminatingTLS: originatingTLS,
    },
    type: "object",
  },
  type: "array",
};

const serviceSelector: Schema = {
  properties: {
    k8sService: { properties: { namespace: { type: "string" }, serviceName: { type: "string" } }, type: "object" },
    k8sServiceSelector: {
      properties: { namespace: { type: "string" }, selector: labelSelector },
      required: ["selector"],
      type: "object",
    },
  },
  type: "object",
};

const toServices: Schema = { items: serviceSelector, type: "array" };

const egressRule: Schema = {
  properties: {
    authentication: authentication,
    icmps: icmps,
    toCIDR: { items: { format: "cidr", type: "string" }, type: "array" },
    toCIDRSet: toCIDRSet,
    toEndpoints: toEndpoints,
    toEntities: toEntities,
    toFQDNs: toFQDNs,
    toGroups: toGroups,
    toNodes: toEndpoints,
    toPorts: toPorts,
    toRequires: { items: { type: "string" }, maxItems: 0, type: "array" },
    toServices: toServices,
  },
  type: "object",
};

const toPorts2: Schema = {
  items: { properties: { ports: { items: portsItem, type: "array" } }, type: "object" },
  type: "array",
};

const egressDenyRule: Schema = {
  properties: {
    icmps: icmps,
    toCIDR: { items: { format: "cidr", type: "string" }, type: "array" },
    toCIDRSet: toCIDRSet,
    toEndpoints: toEndpoints,
    toEntities: toEntities,
    toGroups: toGroups,
    toNodes: toEndpoints,
    toPorts: toPorts2,
    toRequires: { items: { type: "string" }, maxItems: 0, type: "array" },
    toServices: toServices,
  },
  type: "object",
};

const ingressRule: Schema = {
  properties: {
    authentication: authentication,
    fromCIDR: { items: { format: "cidr", type: "string" }, type: "array" },
    fromCIDRSet: toCIDRSet,
    fromEndpoints: toEndpoints,
    fromEntities: toEntities,
    fromGroups: toGroups,
    fromNodes: toEndpoints,
    fromRequires: { items: { type: "string" }, maxItems: 0, type: "array" },
    icmps: icmps,
    toPorts: toPorts,
  },
  type: "object",
};

const ingressDenyRule: Schema = {
  properties: {
    fromCIDR: { items: { format: "cidr", type: "string" }, type: "array" },
    fromCIDRSet: toCIDRSet,
    fromEndpoints: toEndpoints,
    fromEntities: toEntities,
    fromGroups: toGroups,
    fromNodes: toEndpoints,
    fromRequires: { items: { type: "string" }, maxItems: 0, type: "array" },
    icmps: icmps,
    toPorts: toPorts2,
  },
  type: "object",
};

const rule: Schema = {
  anyOf: [
    { properties: { ingress: {} }, required: ["ingress"] },
    { properties: { ingressDeny: {} }, required: ["ingressDeny"] },
    { properties: { egress: {} }, required: ["egress"] },
    { properties: { egressDeny: {} }, required: ["egressDeny"] },
  ],
  oneOf: [
    { properties: { endpointSelector: {} }, required: ["endpointSelector"] },
    { properties: { nodeSelector: {} }, required: ["nodeSelector"] },
  ],
  properties: {
    description: { type: "string" },
    egress: { items: egressRule, type: "array" },
    egressDeny: { items: egressDenyRule, type: "array" },
    enableDefaultDeny: { properties: { egress: { type: "boolean" }, ingress: { type: "boolean" } }, type: "object" },
    endpointSelector: labelSelector,
    ingress: { items: ingressRule, type: "array" },
    ingressDeny: { items: ingressDenyRule, type: "array" },
    labels: {
      items: {
        properties: { key: { type: "string" }, source: { type: "string" }, value: { type: "string" } },
        required: ["key"],
        type: "object",
      },
      type: "array",
    },
    log: { properties: { value: { maxLength: 32, pattern: "^\\PC*$", type: "string" } }, type: "object" },
    nodeSelector: labelSelector,
  },
  type: "object",
};

const ciliumNetworkPolicySchema: Schema = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: rule,
    specs: { items: rule, type: "array" },
    status: {
      properties: {
        conditions: {
          items: {
            properties: {
              lastTransitionTime: { format: "date-time", type: "string" },
              message: { type: "string" },
              reason: { type: "string" },
              status: { type: "string" },
              type: { type: "string" },
            },
            required: ["status", "type"],
            type: "object",
          },
          type: "array",
          listMapKeys: ["type"],
          listType: "map",
        },
        derivativePolicies: {
          additionalProperties: {
            properties: {
              annotations: { additionalProperties: { type: "string" }, type: "object" },
              enforcing: { type: "boolean" },
              error: { type: "string" },
              lastUpdated: { format: "date-time", type: "string" },
              localPolicyRevision: { format: "int64", type: "integer" },
              ok: { type: "boolean" },
            },
            type: "object",
          },
          type: "object",
        },
      },
      type: "object",
    },
  },
  required: ["metadata"],
  type: "object",
  validations: [{ rule: "has(self.spec) || has(self.specs)", message: "spec or specs must be provided" }],
};

export const ciliumNetworkPolicy: CustomResource = {
  group: "cilium.io",
  kind: "CiliumNetworkPolicy",
  namespaced: true,
  versions: { v2: { schema: ciliumNetworkPolicySchema, statusSubresource: true } },
};

export const ciliumClusterwideNetworkPolicy: CustomResource = {
  group: "cilium.io",
  kind: "CiliumClusterwideNetworkPolicy",
  namespaced: false,
  versions: { v2: { schema: ciliumNetworkPolicySchema, statusSubresource: true } },
};
