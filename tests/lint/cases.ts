import { TransportMode } from "../../lib/scenario/transport-mode";

/** A policy's `spec` as YAML, and what the rule says of it. */
export interface Case {
  what: string;
  spec: string;
  /** `path: message`, path and a part of each message in order. None: the rule is silent. */
  finds: [path: string, message: RegExp][];
  /** Default: a CiliumNetworkPolicy in `demo`. */
  clusterwide?: boolean;
  namespace?: string;
  mode?: TransportMode;
  /** Other policies of the cluster, of which nothing is asked. */
  beside?: Pick<Case, "spec" | "clusterwide" | "namespace">[];
}

const podinfo = "endpointSelector: {matchLabels: {app: podinfo}}";
const client = "endpointSelector: {matchLabels: {app: client}}";
const old = "endpointSelector: {matchLabels: {app: old}}";
const fromClient = "fromEndpoints: [{matchLabels: {app: client}}]";
const http = 'toPorts: [{ports: [{port: "9898", protocol: TCP}]}]';
const { TransportHeader } = TransportMode;

const namespaceKey = "k8s:io.kubernetes.pod.namespace";
const dns = `{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: kube-system, k8s-app: kube-dns}}], toPorts: [{ports: [{port: "53", protocol: ANY}]}]}`;
const watchedDns = dns.replace("ANY}]", 'ANY}], rules: {dns: [{matchPattern: "*"}]}');
const metadataName = "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name";
const linkerd = (...ports: number[]) =>
  `{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: linkerd}}], toPorts: [{ports: [${ports.map((port) => `{port: "${port}"}`).join(", ")}]}]}`;
const viz = (...ports: number[]) =>
  `{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: linkerd-viz}}], toPorts: [{ports: [${ports.map((port) => `{port: "${port}"}`).join(", ")}]}]}`;

const newcomer = "endpointSelector: {matchLabels: {app: newcomer}}";
const toApi = "egress: [{toFQDNs: [{matchName: api.example.com}]}]";
const matchesNoAddress: Case["finds"] = [["spec.egress[0].toFQDNs", /match no address/]];

/** DNS that another policy watches, of pods that the scenario knows and of pods that it does not. */
const fqdnBesideDns: Case[] = [
  {
    what: "one for pods that it knows, in another policy",
    spec: `${client}\n${toApi}`,
    beside: [{ spec: `endpointSelector: {}\negress: [${watchedDns}]` }],
    finds: [],
  },
  {
    what: "one for other pods",
    spec: `${client}\n${toApi}`,
    beside: [{ spec: `${podinfo}\negress: [${watchedDns}]` }],
    finds: matchesNoAddress,
  },
  {
    what: "one for every pod of the namespace, where no pod is known yet",
    spec: `${newcomer}\n${toApi}`,
    beside: [{ spec: `endpointSelector: {}\negress: [${watchedDns}]` }],
    finds: [],
  },
  {
    what: "one for every pod of the cluster, where no pod is known yet",
    spec: `${newcomer}\n${toApi}`,
    beside: [
      {
        clusterwide: true,
        spec: `endpointSelector: {matchExpressions: [{key: ${JSON.stringify(namespaceKey)}, operator: NotIn, values: [kube-system]}]}\negress: [${watchedDns}]`,
      },
    ],
    finds: [],
  },
  {
    what: "one by the label of the namespace, where no pod is known yet",
    spec: `${newcomer}\n${toApi}`,
    beside: [
      {
        clusterwide: true,
        spec: `endpointSelector: {matchLabels: {${metadataName}: demo}}\negress: [${watchedDns}]`,
      },
    ],
    finds: [],
  },
  {
    what: "each of several pods, none of which is known yet",
    spec: `endpointSelector: {matchExpressions: [{key: app, operator: In, values: [newcomer, late]}]}\n${toApi}`,
    beside: [newcomer, newcomer.replace("newcomer", "late")].map((subject) => ({
      spec: `${subject}\negress: [${watchedDns}]`,
    })),
    finds: [],
  },
  {
    what: "one of two pods, neither of which is known yet",
    spec: `endpointSelector: {matchExpressions: [{key: app, operator: In, values: [newcomer, late]}]}\n${toApi}`,
    beside: [{ spec: `${newcomer}\negress: [${watchedDns}]` }],
    finds: matchesNoAddress,
  },
  {
    what: "one in another namespace, where no pod is known yet",
    spec: `${newcomer}\n${toApi}`,
    beside: [{ namespace: "shop", spec: `endpointSelector: {}\negress: [${watchedDns}]` }],
    finds: matchesNoAddress,
  },
  {
    what: "one for a part of the pods, where none is known yet",
    spec: `${newcomer}\n${toApi}`,
    beside: [{ spec: `endpointSelector: {matchLabels: {app: newcomer, tier: front}}\negress: [${watchedDns}]` }],
    finds: matchesNoAddress,
  },
];

/** For every rule at least one policy that it finds fault with and one, as near to it as can be, that it does not. */
export const cases: Record<string, Case[]> = {
  "refused-policy": [
    {
      what: "empty in both directions",
      spec: `${podinfo}\ningress: []\negress: []`,
      finds: [["spec", /refuses the whole policy.*at least one rule/]],
    },
    {
      what: "two kinds of peers in one rule",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{}], fromEntities: [world]}]`,
      finds: [["spec.ingress[0]", /refuses/]],
    },
    { what: "an empty rule", spec: `${podinfo}\ningress: [{}]\negress: []`, finds: [] },
  ],
  "null-value": [
    {
      what: "a label that an empty value of a template gives",
      spec: "endpointSelector: {matchLabels: {app: }}\ningress: [{}]",
      finds: [
        ["spec.endpointSelector.matchLabels.app", /stores it as if there were no app, a server-side apply refuses/],
      ],
    },
    {
      what: "peers that are none",
      spec: `${podinfo}\ningress: [{fromEndpoints: , ${http}}]`,
      finds: [["spec.ingress[0].fromEndpoints", /as if there were no fromEndpoints/]],
    },
    { what: "empty lists", spec: `${podinfo}\ningress: [{fromEndpoints: [], ${http}}]`, finds: [] },
  ],
  "missing-namespace": [
    {
      what: "none",
      namespace: "",
      spec: `${podinfo}\ningress: [{${fromClient}}]`,
      finds: [["metadata", /`default` is assumed/]],
    },
    { what: "one", spec: `${podinfo}\ningress: [{${fromClient}}]`, finds: [] },
    { what: "none needed", clusterwide: true, spec: `${podinfo}\ningress: [{}]`, finds: [] },
  ],
  "foreign-namespace-subject": [
    {
      what: "overwritten",
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: shop}}\ningress: [{}]`,
      finds: [
        [
          `spec.endpointSelector.matchLabels["${namespaceKey}"]`,
          /asks for pods of shop: Cilium selects pods of demo instead/,
        ],
      ],
    },
    {
      what: "contradicted, without the source",
      spec: "endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: shop}}\ningress: [{}]",
      finds: [['spec.endpointSelector.matchLabels["io.kubernetes.pod.namespace"]', /so no pod is selected/]],
    },
    {
      what: "its own",
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: demo}}\ningress: [{}]`,
      finds: [],
    },
    {
      what: "a clusterwide policy's",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: shop}}\ningress: [{}]`,
      finds: [],
    },
  ],
  "filtered-label": [
    {
      what: "of a rollout",
      spec: "endpointSelector: {matchLabels: {app: podinfo, pod-template-hash: abc}}\ningress: [{}]",
      finds: [
        [
          "spec.endpointSelector.matchLabels.pod-template-hash",
          /does not keep the label pod-template-hash, so this selects no pod/,
        ],
      ],
    },
    {
      what: "of a replica, in a peer, negated",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchExpressions: [{key: "k8s:statefulset.kubernetes.io/pod-name", operator: NotIn, values: [db-0]}]}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0].matchExpressions[0].key", /true of every pod/]],
    },
    {
      what: "that stays",
      spec: `endpointSelector: {matchLabels: {app.kubernetes.io/name: podinfo}}\ningress: [{}]`,
      finds: [],
    },
  ],
  "selects-nothing": [
    {
      what: "a slip",
      spec: "endpointSelector: {matchLabels: {app: podinfoo}}\ningress: [{}]",
      finds: [["spec.endpointSelector", /no pod of the namespace demo/]],
    },
    {
      what: "a peer in another namespace",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {app: db}}]}]`,
      finds: [
        [
          "spec.egress[0].toEndpoints[0]",
          /no pod of the namespace demo has these labels \(db has, in the namespace shop\)/,
        ],
      ],
    },
    {
      what: "a peer there",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: db}}]}]`,
      finds: [],
    },
    {
      what: "a pod in its node's network, of which another rule speaks",
      spec: `endpointSelector: {matchLabels: {app: agent}}\negress: [{toEndpoints: [{matchLabels: {app: agent}}]}]`,
      finds: [],
    },
    {
      what: "a label of a source that pods have none of",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {"kubernetes:app": client}}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0]", /no pod of the namespace demo has these labels/]],
    },
    {
      what: "a clusterwide slip",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: dbb}}\ningress: [{}]`,
      finds: [["spec.endpointSelector", /no pod has these labels, so the policy is about nobody/]],
    },
    {
      what: "a clusterwide slip, by the label of the namespace",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${metadataName}: shop, app: dbb}}\ningress: [{}]`,
      finds: [["spec.endpointSelector", /no pod has these labels/]],
    },
    {
      what: "pods of namespaces that are not described, clusterwide",
      clusterwide: true,
      spec: `endpointSelector: {matchLabels: {${JSON.stringify(namespaceKey)}: elsewhere}}\negress: [{toEndpoints: [{matchLabels: {${metadataName}: elsewhere}}]}]`,
      finds: [],
    },
    {
      what: "pods of several namespaces, of which one is not described",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchExpressions: [{key: ${JSON.stringify(namespaceKey)}, operator: In, values: [shop, yonder]}, {key: app, operator: In, values: [batch]}]}]}]`,
      finds: [],
    },
    {
      what: "a pod beside the cluster's DNS, which is all that is known of that namespace",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: kube-system, k8s-app: node-local-dns}}]}]`,
      finds: [],
    },
    {
      what: "what is no pod",
      clusterwide: true,
      spec: 'endpointSelector: {matchExpressions: [{key: "reserved:ingress", operator: Exists}]}\ningress: [{fromEndpoints: [{matchLabels: {"reserved:health": ""}}]}]',
      finds: [],
    },
    {
      what: "pods of another cluster",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.cluster: other, app: remote}}]}]`,
      finds: [],
    },
    {
      what: "a namespace that is not described",
      spec: `${podinfo}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: linkerd}}]}]`,
      finds: [],
    },
  ],
  "host-network-pod": [
    {
      what: "as the only subject",
      spec: "endpointSelector: {matchLabels: {app: agent}}\ningress: [{}]",
      finds: [
        [
          "spec.endpointSelector",
          /only pods in their node's network have these labels \(agent\), so the policy is about nobody/,
        ],
      ],
    },
    {
      what: "among the subjects",
      spec: "endpointSelector: {}\ningress: [{}]",
      finds: [["spec.endpointSelector", /the policy is not about agent: in its node's network a pod is its node/]],
    },
    {
      what: "as the only peer",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: client}}, {matchLabels: {app: agent}}]}]`,
      finds: [
        [
          "spec.ingress[0].fromEndpoints[1]",
          /only pods in their node's network have these labels \(agent\), so this allows nobody/,
        ],
      ],
    },
    {
      what: "denied",
      spec: `${client}\negressDeny: [{toEndpoints: [{matchLabels: {tier: node}}]}]`,
      finds: [["spec.egressDeny[0].toEndpoints[0]", /so this denies nobody/]],
    },
    {
      what: "by the entities that its node has",
      spec: `${podinfo}\ningress: [{fromEntities: [host, remote-node]}, {fromEndpoints: [{}]}]`,
      finds: [],
    },
    {
      what: "of another namespace",
      spec: `endpointSelector: {matchLabels: {app: agent}}\ningress: [{}]`,
      namespace: "shop",
      finds: [],
    },
  ],
  "empty-direction": [
    {
      what: "beside another",
      spec: `${podinfo}\ningress: []\negress: [{}]`,
      finds: [["spec.ingress", /read as absent: it denies nothing/]],
    },
    { what: "with a rule", spec: `${podinfo}\ningress: [{}]\negress: [{}]`, finds: [] },
  ],
  "empty-rule": [
    {
      what: "alone",
      spec: `${podinfo}\ningress: [{}]`,
      finds: [["spec.ingress[0]", /denies all ingress.*NetworkPolicy the same text allows all/]],
    },
    {
      what: "beside others",
      spec: `${podinfo}\negress: [{toEntities: [world]}, {}]`,
      finds: [["spec.egress[1]", /does nothing/]],
    },
    {
      what: "denying, alone",
      spec: `${podinfo}\ningressDeny: [{}]`,
      finds: [
        [
          "spec.ingressDeny[0]",
          /denies nobody outright, but turns default deny on: all ingress that nothing allows is cut/,
        ],
      ],
    },
    {
      what: "denying names, which is no field of a denying rule",
      spec: `${podinfo}\negressDeny: [{toFQDNs: [{matchName: api.example.com}]}]`,
      finds: [["spec.egressDeny[0]", /denies nobody outright/]],
    },
    {
      what: "denying, without default deny",
      spec: `${podinfo}\negressDeny: [{}]\nenableDefaultDeny: {egress: false}`,
      finds: [["spec.egressDeny[0]", /denies nothing$/]],
    },
    {
      what: "denying, beside what is allowed",
      spec: `${podinfo}\ningress: [{${fromClient}}]\ningressDeny: [{}]`,
      finds: [["spec.ingressDeny[0]", /denies nothing$/]],
    },
    {
      what: "denying, beside what is denied",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}, {}]`,
      finds: [["spec.egressDeny[1]", /denies nothing$/]],
    },
    { what: "nobody, said outright", spec: `${podinfo}\ningress: [{fromEntities: [none]}]`, finds: [] },
  ],
  "empty-peer-list": [
    {
      what: "of endpoints",
      spec: `${podinfo}\ningress: [{fromEndpoints: [], ${http}}]`,
      finds: [["spec.ingress[0].fromEndpoints", /matches nobody, so this rule allows nothing/]],
    },
    {
      what: "of entities, beside others",
      spec: `${podinfo}\negress: [{toEntities: [], toCIDR: [192.0.2.0/24]}]`,
      finds: [["spec.egress[0].toEntities", /allows nothing, whatever else it names/]],
    },
    {
      what: "of Services, with ports",
      spec: `${podinfo}\negress: [{toServices: [], ${http}}]`,
      finds: [["spec.egress[0].toServices", /its ports to anyone, the world included/]],
    },
    {
      what: "of names, beside others",
      spec: `${podinfo}\negress: [{toFQDNs: [], toEntities: [world], ${http}}]`,
      finds: [["spec.egress[0].toFQDNs", /read as absent$/]],
    },
    { what: "with a peer", spec: `${podinfo}\ningress: [{fromEndpoints: [{}], ${http}}]`, finds: [] },
  ],
  "empty-port-list": [
    {
      what: "of rules",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: []}]`,
      finds: [["spec.ingress[0].toPorts", /allows every port and protocol/]],
    },
    {
      what: "an empty rule",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /matches no port/]],
    },
    {
      what: "in a rule",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: []}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /matches no port/]],
    },
    {
      what: "of ICMP",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{}]}]`,
      finds: [["spec.ingress[0].icmps[0]", /no ICMP type/]],
    },
    { what: "none at all", spec: `${podinfo}\ningress: [{${fromClient}}]`, finds: [] },
  ],
  "default-deny-without-rules": [
    {
      what: "for ingress, with egress rules",
      spec: `${podinfo}\negress: [{}]\nenableDefaultDeny: {ingress: true}`,
      finds: [["spec.enableDefaultDeny.ingress", /does nothing: ingress stays open/]],
    },
    { what: "with rules", spec: `${podinfo}\ningress: [{}]\nenableDefaultDeny: {ingress: true}`, finds: [] },
    { what: "that is off", spec: `${podinfo}\negress: [{}]\nenableDefaultDeny: {ingress: false}`, finds: [] },
  ],
  "deny-only": [
    {
      what: "the world",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]`,
      finds: [["spec.egressDeny", /also cuts every other egress/]],
    },
    {
      what: "nobody, which another rule speaks of",
      spec: `${podinfo}\negressDeny: [{}]`,
      finds: [],
    },
    {
      what: "beside a policy that allows, where no pod is known yet",
      spec: `${newcomer}\negressDeny: [{toEntities: [world]}]`,
      beside: [{ spec: "endpointSelector: {}\negress: [{toEntities: [all]}]" }],
      finds: [],
    },
    {
      what: "beside a policy that allows others, where no pod is known yet",
      spec: `${newcomer}\negressDeny: [{toEntities: [world]}]`,
      beside: [{ spec: `${client}\negress: [{toEntities: [all]}]` }],
      finds: [["spec.egressDeny", /also cuts every other egress/]],
    },
    {
      what: "without default deny",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]\nenableDefaultDeny: {egress: false}`,
      finds: [],
    },
    {
      what: "beside what is allowed",
      spec: `${podinfo}\negressDeny: [{toEntities: [world]}]\negress: [{toEntities: [all]}]`,
      finds: [],
    },
  ],
  "denied-anyway": [
    {
      what: "an exception from what is denied",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}]}, {toCIDR: [192.0.2.0/24]}]\negressDeny: [{toEntities: [world]}]`,
      finds: [
        ["spec.egress[0]", /egressDeny\[0\] of CiliumNetworkPolicy demo\/p denies all of this/],
        ["spec.egress[1]", /denies all of this/],
      ],
    },
    {
      what: "a narrower block",
      spec: `${client}\negress: [{toCIDRSet: [{cidr: 10.1.0.0/16}]}]\negressDeny: [{toCIDR: [10.0.0.0/8]}]`,
      finds: [["spec.egress[0]", /denies all of this/]],
    },
    {
      what: "a pod of a namespace, by another policy",
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`,
      beside: [{ spec: "endpointSelector: {}\ningressDeny: [{fromEndpoints: [{}]}]" }],
      finds: [["spec.ingress[0]", /ingressDeny\[0\] of CiliumNetworkPolicy demo\/p1/]],
    },
    {
      what: "ports that are denied to all",
      spec: `${podinfo}\ningress: [{fromEntities: [cluster], ${http}}]\ningressDeny: [{toPorts: [{ports: [{port: "9000", endPort: 9999}]}]}]`,
      finds: [["spec.ingress[0]", /denies all of this/]],
    },
    {
      what: "nodes of a cluster that is denied",
      spec: `${podinfo}\ningress: [{fromEntities: [remote-node]}]\ningressDeny: [{fromEntities: [cluster]}]`,
      finds: [["spec.ingress[0]", /denies all of this/]],
    },
    {
      what: "a part of it",
      spec: `${client}\negress: [{toEntities: [all]}, {toCIDR: [10.0.0.0/8]}]\negressDeny: [{toEntities: [remote-node]}, {toCIDR: [10.1.0.0/16]}, {toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.2.0.0/16]}]}]`,
      finds: [],
    },
    {
      what: "for other pods",
      spec: `endpointSelector: {}\ningress: [{${fromClient}}]`,
      beside: [{ spec: `${podinfo}\ningressDeny: [{fromEndpoints: [{}]}]` }],
      finds: [],
    },
    {
      what: "in the other direction, or on other ports",
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]\negressDeny: [{toEntities: [all]}]\ningressDeny: [{fromEntities: [all], toPorts: [{ports: [{port: "9898", protocol: UDP}, {port: http}]}]}]`,
      finds: [],
    },
    {
      what: "pods that only happen to be the only ones",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop}}]}]\ningressDeny: [{fromEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop, app: db}}]}]`,
      finds: [],
    },
    {
      what: "by a rule that denies nothing",
      spec: `${podinfo}\ningress: [{${fromClient}}]\ningressDeny: [{}, {fromEntities: []}, {fromEntities: [all], toPorts: [{}]}]`,
      finds: [],
    },
  ],
  "own-namespace-only": [
    {
      what: "an empty selector",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{}]}]`,
      finds: [["spec.ingress[0].fromEndpoints[0]", /every pod of the namespace demo, and nothing else/]],
    },
    { what: "clusterwide", clusterwide: true, spec: `${podinfo}\ningress: [{fromEndpoints: [{}]}]`, finds: [] },
    { what: "labels", spec: `${podinfo}\ningress: [{${fromClient}}]`, finds: [] },
  ],
  "ports-without-peer": [
    {
      what: "ingress",
      spec: `${podinfo}\ningress: [{${http}}]`,
      finds: [["spec.ingress[0]", /anyone may connect to these ports, the world included/]],
    },
    { what: "egress", spec: `${podinfo}\negress: [{${http}}]`, finds: [["spec.egress[0]", /may connect to anyone/]] },
    {
      what: "beside a list that is null, which is as if it were absent",
      spec: `${podinfo}\ningress: [{fromEndpoints: null, ${http}}]`,
      finds: [["spec.ingress[0]", /the world included/]],
    },
    { what: "denied", spec: `${podinfo}\ningressDeny: [{${http}}]`, finds: [] },
    {
      what: "that are none",
      spec: `${podinfo}\ningress: [{toPorts: [{}]}, {icmps: [{fields: []}]}, {toPorts: [{ports: []}]}]`,
      finds: [],
    },
    { what: "said outright", spec: `${podinfo}\ningress: [{fromEntities: [all], ${http}}]`, finds: [] },
  ],
  "cidr-for-cluster": [
    {
      what: "pods of kind",
      spec: `${podinfo}\ningress: [{fromCIDR: [10.244.1.0/24]}]`,
      finds: [["spec.ingress[0].fromCIDR[0]", /lies in 10\.244\.0\.0\/16, by default the range of the pods of kind/]],
    },
    {
      what: "a cluster IP",
      spec: `${podinfo}\negress: [{toCIDRSet: [{cidr: 10.96.0.10/32}]}]`,
      finds: [["spec.egress[0].toCIDRSet[0].cidr", /cluster IPs/]],
    },
    {
      what: "exactly the pods of kind, in either family",
      spec: `${podinfo}\ningress: [{fromCIDR: [10.244.0.0/16, "fd00:10:244:1::/64"]}]`,
      finds: [
        ["spec.ingress[0].fromCIDR[0]", /^10\.244\.0\.0\/16 is by default the range of the pods of kind/],
        [
          "spec.ingress[0].fromCIDR[1]",
          /^fd00:10:244:1::\/64 lies in fd00:10:244::\/56, by default the range of the pods of kind/,
        ],
      ],
    },
    {
      what: "everything",
      spec: `${podinfo}\negress: [{toCIDR: [0.0.0.0/0]}]`,
      finds: [["spec.egress[0].toCIDR[0]", /the world alone: neither pods nor nodes/]],
    },
    { what: "addresses outside", spec: `${podinfo}\negress: [{toCIDR: [192.0.2.0/24, 10.0.0.0/8]}]`, finds: [] },
  ],
  "node-entities": [
    {
      what: "probes denied",
      spec: `${podinfo}\ningressDeny: [{fromEntities: [host]}]`,
      finds: [["spec.ingressDeny[0].fromEntities", /kubelet's probes over the network fail/]],
    },
    {
      what: "ping denied, which is no probe",
      spec: `${podinfo}\ningressDeny: [{fromEntities: [host], icmps: [{fields: [{type: 8, family: IPv4}]}]}]`,
      finds: [],
    },
    {
      what: "allowed anyway",
      spec: `${podinfo}\ningress: [{fromEntities: [host]}]`,
      finds: [["spec.ingress[0].fromEntities[0]", /may connect without a rule/]],
    },
    {
      what: "the API server by its node",
      spec: `${podinfo}\negress: [{toEntities: [host], toPorts: [{ports: [{port: "6443"}]}]}]`,
      finds: [["spec.egress[0].toEntities[0]", /the API server's/]],
    },
    {
      what: "the API server by its Service",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: kubernetes, namespace: default}}]}]`,
      finds: [["spec.egress[0].toServices[0]", /toServices never matches/]],
    },
    {
      what: "each by its name",
      spec: `${podinfo}\ningress: [{fromEntities: [host, remote-node]}]\negress: [{toEntities: [kube-apiserver], toPorts: [{ports: [{port: "6443"}]}]}]`,
      finds: [],
    },
  ],
  "denied-service": [
    {
      what: "with ports",
      spec: `${podinfo}\negressDeny: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], ${http}}]`,
      finds: [["spec.egressDeny[0].toServices", /its ports are denied to anyone, the world included/]],
    },
    {
      what: "alone",
      spec: `${podinfo}\negressDeny: [{toServices: [{k8sService: {serviceName: nope}}]}]`,
      finds: [["spec.egressDeny[0].toServices", /it denies nobody/]],
    },
    {
      what: "in a rule that allows",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], ${http}}]`,
      finds: [],
    },
  ],
  "missing-service": [
    {
      what: "with ports",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: nope, namespace: demo}}], ${http}}]`,
      finds: [["spec.egress[0].toServices[0]", /no Service nope in demo, so this rule allows its ports to anyone/]],
    },
    {
      what: "alone",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: nope}}]}]`,
      finds: [["spec.egress[0].toServices[0]", /allows nothing/]],
    },
    {
      what: "beside one that is there",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: podinfo, namespace: demo}}, {k8sServiceSelector: {selector: {matchLabels: {a: b}}}}], ${http}}]`,
      finds: [["spec.egress[0].toServices[1]", /no Service has these labels, so it adds nothing/]],
    },
    {
      what: "that is there",
      spec: `${podinfo}\negress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], ${http}}]`,
      finds: [],
    },
  ],
  "service-port": [
    {
      what: "in egress",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`,
      finds: [
        ["spec.egress[0].toPorts[0].ports[0].port", /80 is the port of the Service podinfo; podinfo listens on 9898/],
      ],
    },
    {
      what: "in ingress",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "80"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /listens on 9898/]],
    },
    {
      what: "which leads to itself, although no container declares it",
      spec: `${old}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "7000", protocol: TCP}]}]}]`,
      finds: [],
    },
    {
      what: "which the container declares too",
      spec: `${old}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "8081", protocol: TCP}]}]}]`,
      finds: [],
    },
    { what: "the target port", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`, finds: [] },
    {
      what: "equal to the target port",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {${JSON.stringify(namespaceKey)}: shop}}], toPorts: [{ports: [{port: "5432"}]}]}]`,
      finds: [],
    },
  ],
  "unknown-named-port": [
    {
      what: "of the pods selected",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: grpc}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].port",
          /no container of podinfo has a port "grpc", so this allows nothing/,
        ],
      ],
    },
    {
      what: "of a peer",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], toPorts: [{ports: [{port: pg}]}]}]`,
      finds: [["spec.egress[0].toPorts[0].ports[0].port", /no container of podinfo/]],
    },
    {
      what: "of another protocol",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http, protocol: UDP}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].port",
          /no container of podinfo has a UDP port "http", so this allows nothing/,
        ],
      ],
    },
    {
      what: "where only pods have names for ports",
      spec: `${client}\negress: [{toCIDR: [192.0.2.0/24], toPorts: [{ports: [{port: http}]}]}, {toFQDNs: [{matchName: api.example.com}], toPorts: [{ports: [{port: https}]}]}]\negressDeny: [{toEntities: [world, host], toPorts: [{ports: [{port: http}]}]}]`,
      finds: [
        ["spec.egress[0].toPorts[0].ports[0].port", /only ports of pods have names, so this allows nothing/],
        ["spec.egress[1].toPorts[0].ports[0].port", /only ports of pods have names/],
        ["spec.egressDeny[0].toPorts[0].ports[0].port", /so this denies nothing/],
      ],
    },
    {
      what: "of the pods selected, whoever connects",
      spec: `${podinfo}\ningress: [{fromEntities: [world], toPorts: [{ports: [{port: http, protocol: TCP}]}]}, {fromCIDR: [192.0.2.0/24], toPorts: [{ports: [{port: http}]}]}]`,
      finds: [],
    },
    {
      what: "of anybody, pods included",
      spec: `${client}\negress: [{toEntities: [all], toPorts: [{ports: [{port: http}]}]}, {toPorts: [{ports: [{port: pg}]}]}]`,
      finds: [],
    },
    {
      what: "that is there, in other letters",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: HTTP}]}]}]`,
      finds: [],
    },
  ],
  "misread-port": [
    {
      what: "a range that ends before it begins",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898", endPort: 98, protocol: TCP}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].endPort", /98 is before 9898, so this is the port 9898 alone/]],
    },
    {
      what: "a range after a name, in ingress",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http, endPort: 9999}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].endPort",
          /every port from the one that each pod calls "http" up to 9999/,
        ],
      ],
    },
    {
      what: "a range after a name, in egress",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], toPorts: [{ports: [{port: http, endPort: 9999}]}]}]`,
      finds: [["spec.egress[0].toPorts[0].ports[0].endPort", /ignored after a name, so this is the port "http" alone/]],
    },
    {
      what: "a range from 0",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "0", endPort: 1023, protocol: TCP}]}]}]`,
      finds: [
        [
          "spec.ingress[0].toPorts[0].ports[0].endPort",
          /port 0 is any port, so this is every port of TCP, not 0 to 1023/,
        ],
      ],
    },
    {
      what: "0",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "0"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /port 0 is every port of TCP, UDP and SCTP/]],
    },
    {
      what: "an octal number",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "0120"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /Cilium reads "0120" as 80/]],
    },
    {
      what: "ranges, one of a single port",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9797", endPort: 9898}, {port: "80", endPort: 80}, {port: "81", endPort: 0}, {port: http}]}]}]`,
      finds: [],
    },
  ],
  "icmp-type-zero": [
    {
      what: "by name",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{fields: [{type: EchoReply}]}]}]`,
      finds: [["spec.ingress[0].icmps[0].fields[0].type", /type EchoReply allows every IPv4 ICMP type/]],
    },
    {
      what: "by number",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{fields: [{type: 8}, {type: 0, family: IPv6}]}]}]`,
      finds: [["spec.ingress[0].icmps[0].fields[1].type", /IPv6/]],
    },
    {
      what: "the request",
      spec: `${podinfo}\ningress: [{${fromClient}, icmps: [{fields: [{type: EchoRequest}]}]}]`,
      finds: [],
    },
  ],
  "fqdn-without-dns": [
    {
      what: "none",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}]}, ${dns}]`,
      finds: [["spec.egress[0].toFQDNs", /match no address/]],
    },
    {
      what: "one beside it",
      spec: `${client}\negress: [{toFQDNs: [{matchName: api.example.com}]}, ${watchedDns}]`,
      finds: [],
    },
    ...fqdnBesideDns,
    {
      what: "names that are denied, which Cilium does not see",
      spec: `${client}\negressDeny: [{toFQDNs: [{matchName: api.example.com}]}]`,
      finds: [],
    },
  ],
  "in-cluster-name": [
    {
      what: "of a Service that is there",
      spec: `${client}\negress: [{toFQDNs: [{matchName: db.shop.svc.cluster.local}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /the Service db in shop, and toFQDNs never matches pods/]],
    },
    {
      what: "of one of its pods",
      spec: `${client}\negress: [{toFQDNs: [{matchName: DB-0.db.shop.svc.cluster.local.}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /the Service db in shop/]],
    },
    {
      what: "by the Service's short name",
      spec: `${client}\negress: [{toFQDNs: [{matchName: old}, {matchName: db.shop}, {matchName: db.shop.svc}]}, ${watchedDns}]`,
      finds: [
        ["spec.egress[0].toFQDNs[0].matchName", /the Service old in demo/],
        ["spec.egress[0].toFQDNs[1].matchName", /the Service db in shop/],
        ["spec.egress[0].toFQDNs[2].matchName", /the Service db in shop/],
      ],
    },
    {
      what: "of something that is not known",
      spec: `${client}\negress: [{toFQDNs: [{matchName: cache.elsewhere.svc.cluster.local}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchName", /a name of the cluster/]],
    },
    {
      what: "of many",
      spec: `${client}\negress: [{toFQDNs: [{matchPattern: "*.shop.svc.cluster.local"}]}, ${watchedDns}]`,
      finds: [["spec.egress[0].toFQDNs[0].matchPattern", /a name of the cluster/]],
    },
    {
      what: "of a Service that leads outside",
      spec: `${client}\negress: [{toFQDNs: [{matchName: outside.shop.svc.cluster.local}]}, ${watchedDns}]`,
      finds: [],
    },
    {
      what: "in what DNS may be asked for",
      spec: `${client}\negress: [${watchedDns.replace('"*"', '"*.svc.cluster.local"')}]`,
      finds: [],
    },
    {
      what: "outside",
      spec: `${client}\negress: [{toFQDNs: [{matchName: db.example.com}, {matchPattern: "*.local.example.com"}, {matchPattern: "*"}]}, ${watchedDns}]`,
      finds: [],
    },
  ],
  "native-sidecar-port": [
    {
      what: "the proxy",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: linkerd-proxy}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /native sidecar/]],
    },
    {
      what: "a container's own",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http}]}]}]`,
      finds: [],
    },
  ],
  "mesh-port-blocked": [
    {
      what: "ingress, with transport header",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`,
      finds: [["spec.ingress[0].toPorts[0]", /requests to podinfo on 9898 travel to 4143, which nothing allows/]],
    },
    {
      what: "egress, with transport header",
      mode: TransportHeader,
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}], ${http}}]`,
      finds: [["spec.egress[0].toPorts[0]", /9898 travel to 4143/]],
    },
    {
      what: "a name and a range",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: http}, {port: "9700", endPort: 9800}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0]", /9898 and 9797 travel/]],
    },
    { what: "transparent", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`, finds: [] },
    {
      what: "4143 allowed elsewhere",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, ${http}}, {${fromClient}, toPorts: [{ports: [{port: "4143"}]}]}]`,
      finds: [],
    },
    {
      what: "a client that is not meshed",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], ${http}}]`,
      finds: [],
    },
  ],
  "mesh-port-opens-all": [
    {
      what: "beside the application's",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898"}, {port: "4143"}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[1].port", /opens every port of podinfo to client/]],
    },
    {
      what: "within a range",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "4140", endPort: 4150, protocol: TCP}]}]}]`,
      finds: [["spec.ingress[0].toPorts[0].ports[0].port", /opens every port of podinfo to client/]],
    },
    {
      what: "of UDP, which no proxy takes",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "4143", protocol: UDP}]}]}]`,
      finds: [],
    },
    {
      what: "among all ports, which are all open as it is",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "1", endPort: 65535, protocol: TCP}]}]}]`,
      finds: [],
    },
    {
      what: "for pods that are not meshed",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], toPorts: [{ports: [{port: "4143"}]}]}]`,
      finds: [],
    },
    { what: "the application's port", spec: `${podinfo}\ningress: [{${fromClient}, ${http}}]`, finds: [] },
  ],
  "never-injected": [
    {
      what: "a pod of cert-manager that asks for a proxy",
      namespace: "cert-manager",
      spec: "endpointSelector: {matchLabels: {app: backup}}\ningress: [{fromEntities: [cluster]}]\negress: [{toEntities: [cluster]}]",
      finds: [["spec", /backup asks for Linkerd's proxy and never gets one, because of the namespace cert-manager/]],
    },
    {
      what: "one that asks for none",
      namespace: "kube-system",
      spec: "endpointSelector: {matchLabels: {k8s-app: kube-dns}}\ningress: [{fromEntities: [cluster]}]",
      finds: [],
    },
  ],
  "l7-on-mesh": [
    {
      what: "HTTP",
      spec: `${podinfo}\ningress: [{${fromClient}, toPorts: [{ports: [{port: "9898", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`,
      finds: [["spec.ingress[0].toPorts[0].rules", /between client and podinfo there is Linkerd's mTLS/]],
    },
    {
      what: "HTTP from pods that are not meshed",
      spec: `${podinfo}\ningress: [{fromEndpoints: [{matchLabels: {app: old}}], toPorts: [{ports: [{port: "9898", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`,
      finds: [],
    },
    {
      what: "HTTP that is denied, which Cilium does not see",
      spec: `${podinfo}\ningressDeny: [{${fromClient}, toPorts: [{ports: [{port: "9898", protocol: TCP}], rules: {http: [{method: GET}]}}]}]`,
      finds: [],
    },
    {
      what: "DNS, which no proxy of Linkerd carries",
      spec: `${client}\negress: [${watchedDns}]`,
      finds: [],
    },
  ],
  "dns-cut-off": [
    {
      what: "for a meshed pod",
      spec: `${client}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /client cannot resolve names, and the Linkerd proxy does not start without/]],
    },
    {
      what: "for another that may connect somewhere",
      spec: `${old}\negress: [{toEndpoints: [{matchLabels: {app: podinfo}}]}]`,
      finds: [["spec.egress", /old may connect to others/]],
    },
    {
      what: "by a denial",
      spec: `${client}\negressDeny: [{toEntities: [all]}]\nenableDefaultDeny: {egress: false}`,
      finds: [["spec.egressDeny", /client cannot resolve/]],
    },
    { what: "for a pod that may connect nowhere", spec: `${old}\negress: [{}]`, finds: [] },
    { what: "allowed", spec: `${client}\negress: [${dns}]`, finds: [] },
    { what: "in the other direction", spec: `${client}\ningress: [{}]`, finds: [] },
  ],
  "control-plane-cut-off": [
    {
      what: "all of it",
      spec: `${client}\negress: [${dns}]`,
      finds: [
        [
          "spec.egress",
          /proxy of client cannot reach linkerd-identity \(8080\), linkerd-destination \(8086\) and linkerd-policy \(8090\)/,
        ],
      ],
    },
    {
      what: "a part",
      spec: `${client}\negress: [${dns}, ${linkerd(8080, 8086)}]`,
      finds: [["spec.egress", /cannot reach linkerd-policy \(8090\)$/]],
    },
    { what: "none", spec: `${client}\negress: [${dns}, ${linkerd(8080, 8086, 8090)}]`, finds: [] },
    { what: "of a pod that is not meshed", spec: `${old}\negress: [${dns}]`, finds: [] },
  ],
  "viz-cut-off": [
    {
      what: "both",
      spec: `${podinfo}\ningress: [{${fromClient}}]`,
      finds: [["spec.ingress", /viz cannot reach tap \(4190\) and metrics \(4191\) of podinfo/]],
    },
    { what: "one", spec: `${podinfo}\ningress: [${viz(4191)}]`, finds: [["spec.ingress", /tap \(4190\) of podinfo/]] },
    { what: "neither", spec: `${podinfo}\ningress: [${viz(4190, 4191)}]`, finds: [] },
    {
      what: "neither, with transport header",
      mode: TransportHeader,
      spec: `${podinfo}\ningress: [${viz(4190, 4191)}]`,
      finds: [],
    },
    { what: "of a pod that is not meshed", spec: `${old}\ningress: [{${fromClient}}]`, finds: [] },
  ],
};
