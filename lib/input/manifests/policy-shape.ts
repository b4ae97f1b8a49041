import { any, boolean, integer, list, mapOf, object, oneOfWords, type Shape, string, text } from "./shape";

/**
 * The fields of CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (their schemas are the same), level by level. It is held
 * against the CRDs of the Cilium version in lib/common/versions.ts by tests/oracle.
 */

const labelValue = text(
  /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/,
  "a label value: up to 63 letters, digits, '-', '_' or '.', alphanumeric at both ends",
);

export const labelSelector = object({
  matchLabels: mapOf(labelValue),
  matchExpressions: list(
    object(
      { key: string, operator: oneOfWords("In", "NotIn", "Exists", "DoesNotExist"), values: list(string) },
      { required: ["key", "operator"] },
    ),
  ),
});

const cidr = text(/^[0-9a-fA-F.:]+\/\d{1,3}$/, "a CIDR such as 10.0.0.0/8");

const cidrRule = object(
  {
    cidr,
    cidrGroupRef: text(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "the name of a CiliumCIDRGroup"),
    cidrGroupSelector: labelSelector,
    except: list(cidr),
  },
  { oneOf: ["cidr", "cidrGroupRef", "cidrGroupSelector"] },
);

const entity = oneOfWords(
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
);

const groups = list(
  object({
    aws: object({
      labels: mapOf(string),
      region: string,
      securityGroupsIds: list(string),
      securityGroupsNames: list(string),
    }),
  }),
);

const dnsName = (extra: string, what: string) =>
  text(new RegExp(`^(?=.{1,255}$)[-a-zA-Z0-9_${extra}]+(\\.[-a-zA-Z0-9_${extra}]+)*\\.?$`), what);
const fqdn = object(
  { matchName: dnsName("", "a DNS name"), matchPattern: dnsName("*", "a DNS name with '*' as wildcard") },
  { oneOf: ["matchName", "matchPattern"] },
);

const services = list(
  object({
    k8sService: object({ namespace: string, serviceName: string }),
    k8sServiceSelector: object({ namespace: string, selector: labelSelector }, { required: ["selector"] }),
  }),
);

const port = object({
  port: text(
    /^(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]|(?=.*[a-zA-Z])[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*)$/,
    "a port number from 0 to 65535 or a port's name",
  ),
  endPort: integer(0, 65535),
  protocol: oneOfWords("TCP", "UDP", "SCTP", "VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH", "ANY"),
});

const secret = object({ name: string, namespace: string }, { required: ["name"] });
const tls = object({ certificate: string, privateKey: string, secret, trustedCA: string }, { required: ["secret"] });

const http = object({
  headerMatches: list(
    object(
      { mismatch: oneOfWords("LOG", "ADD", "DELETE", "REPLACE"), name: string, secret, value: string },
      { required: ["name"] },
    ),
  ),
  headers: list(string),
  host: string,
  method: string,
  path: string,
});

const toPorts = list(
  object({
    ports: list(port, { max: 40 }),
    rules: object({ http: list(http), dns: list(fqdn) }, { oneOf: ["http", "dns"] }),
    listener: object(
      {
        envoyConfig: object(
          { kind: oneOfWords("CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"), name: string },
          { required: ["name"] },
        ),
        name: string,
        priority: integer(1, 100),
      },
      { required: ["envoyConfig", "name"] },
    ),
    originatingTLS: tls,
    terminatingTLS: tls,
    serverNames: list(dnsName("*", "a server name with '*' as wildcard"), { min: 1 }),
  }),
);

const toPortsDeny = list(object({ ports: list(port) }));
const icmps = list(
  object({
    fields: list(
      object({ family: oneOfWords("IPv4", "IPv6"), type: { type: "integerOrString" } }, { required: ["type"] }),
      { max: 40 },
    ),
  }),
);
const authentication = object({ mode: oneOfWords("disabled", "required", "test-always-fail") }, { required: ["mode"] });
const requires = list(string, { max: 0, hint: "was removed from Cilium; put the labels into the endpoint selector" });

const ingressPeers = {
  fromEndpoints: list(labelSelector),
  fromRequires: requires,
  fromCIDR: list(cidr),
  fromCIDRSet: list(cidrRule),
  fromEntities: list(entity),
  fromGroups: groups,
  fromNodes: list(labelSelector),
};
const egressPeers = {
  toEndpoints: list(labelSelector),
  toRequires: requires,
  toCIDR: list(cidr),
  toCIDRSet: list(cidrRule),
  toEntities: list(entity),
  toServices: services,
  toGroups: groups,
  toNodes: list(labelSelector),
};

/** `spec`, and each item of `specs`. */
export const ruleShape: Shape = object(
  {
    description: string,
    labels: list(object({ key: string, source: string, value: string }, { required: ["key"] })),
    log: object({ value: text(/^\P{C}{0,32}$/u, "at most 32 printable characters") }),
    endpointSelector: labelSelector,
    nodeSelector: labelSelector,
    enableDefaultDeny: object({ ingress: boolean, egress: boolean }),
    ingress: list(object({ ...ingressPeers, toPorts, icmps, authentication })),
    ingressDeny: list(object({ ...ingressPeers, toPorts: toPortsDeny, icmps })),
    egress: list(object({ ...egressPeers, toFQDNs: list(fqdn), toPorts, icmps, authentication })),
    egressDeny: list(object({ ...egressPeers, toPorts: toPortsDeny, icmps })),
  },
  { oneOf: ["endpointSelector", "nodeSelector"], anyOf: ["ingress", "ingressDeny", "egress", "egressDeny"] },
);

export const policyShape: Shape = object(
  {
    apiVersion: string,
    kind: string,
    metadata: object(
      { name: string, namespace: string, labels: mapOf(string), annotations: mapOf(string) },
      { required: ["name"], open: true },
    ),
    spec: ruleShape,
    specs: list(ruleShape),
    status: any,
  },
  { required: ["metadata"] },
);
