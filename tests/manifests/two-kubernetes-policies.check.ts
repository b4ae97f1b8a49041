import { describe } from "node:test";
import { expression, labels, opens, toWorld } from "./gate-of-two";

describe("two manifests with only NetworkPolicies", () => {
  const np = (rule = "", more = "") => {
    const [, list, item] = /^(\w+): (.*)$/.exec(rule) ?? [];
    const own = list === undefined ? "" : `, ${list}: [${item}]`;
    return `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {podSelector: {matchLabels: {app: web${more}}}, policyTypes: [Ingress, Egress]${own}}}`;
  };
  for (const [list, side] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    const peers: [string, string, string[]?][] = [
      ["pods", `podSelector: ${labels}`],
      ["all pods", "podSelector: {}"],
      ["In", `podSelector: ${expression("{key: app, operator: In, values: [api]}")}`],
      ["NotIn", `podSelector: ${expression("{key: app, operator: NotIn, values: [api]}")}`],
      ["Exists", `podSelector: ${expression("{key: app, operator: Exists}")}`],
      ["DoesNotExist", `podSelector: ${expression("{key: app, operator: DoesNotExist}")}`],
      ["namespaces", "namespaceSelector: {matchLabels: {team: a}}"],
      ["all namespaces", "namespaceSelector: {}"],
      ["pods of namespaces", `namespaceSelector: {matchLabels: {team: a}}, podSelector: ${labels}`],
      ["a block", "ipBlock: {cidr: 203.0.113.0/24}", toWorld],
      ["all addresses but some", "ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}", toWorld],
      ["a block of IPv6", "ipBlock: {cidr: '2001:db8::/32'}", toWorld],
    ];
    for (const [what, peer, gates] of peers) {
      opens(`${list}, ${what}`, np(), np(`${list}: {${side}: [{${peer}}]}`), gates);
      opens(`${list}, ${what}, one port`, np(), np(`${list}: {${side}: [{${peer}}], ports: [{port: 80}]}`), gates);
    }
    opens(`${list}, an empty rule`, np(), np(`${list}: {}`), toWorld);
    for (const port of ["port: 80", "port: 53, protocol: UDP", "port: 80, endPort: 90", "protocol: SCTP", "port: http"])
      opens(`${list}, {${port}}`, np(), np(`${list}: {${side}: [{podSelector: {}}], ports: [{${port}}]}`));
  }
  opens("a subject less", np(), np("", ", tier: front"), toWorld);
  opens("a type less", np(), np().replace("[Ingress, Egress]", "[Ingress]"), toWorld);
});

describe("two manifests with only ClusterNetworkPolicies", () => {
  const agent =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {enable-k8s-cluster-network-policy: 'true'}}";
  const kcnp = (list: string, action: string, peer: string, more = "") =>
    [
      agent,
      `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: k}, spec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: shop}}}, ${list}: [{action: ${action}, ${list === "ingress" ? "from" : "to"}: [{${peer}}]${more}}]}}`,
      // Everything that no rule allows is denied.
      "{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: shut}, spec: {endpointSelector: {}, ingress: [{}], egress: [{}]}}",
    ].join("\n---\n");
  const none = [agent, kcnp("ingress", "Deny", "namespaces: {}").split("\n---\n").at(-1)].join("\n---\n");
  const ofPods: [string, string][] = [
    ["namespaces", "namespaces: {matchLabels: {team: a}}"],
    ["all namespaces", "namespaces: {}"],
    ["pods", `pods: {namespaceSelector: {matchLabels: {team: a}}, podSelector: ${labels}}`],
    ["pods of all namespaces", `pods: {podSelector: ${labels}}`],
  ];
  const withPeerOpen = (text: string) =>
    text
      .replace("egress: [{}]}}", "egress: [{toEntities: [cluster]}]}}")
      .replace("ingress: [{}]", "ingress: [{fromEntities: [cluster]}]");
  for (const list of ["ingress", "egress"])
    for (const [what, peer] of ofPods) {
      const denied = withPeerOpen(kcnp(list, "Deny", peer));
      opens(`${list}, ${what}, no longer denied`, denied, withPeerOpen(none));
      opens(`${list}, ${what}, accepted`, denied, withPeerOpen(kcnp(list, "Accept", peer)));
      for (const protocol of [
        "tcp: {destinationPort: {number: 80}}",
        "udp: {destinationPort: {number: 53}}",
        "sctp: {destinationPort: {range: {start: 80, end: 90}}}",
        "destinationNamedPort: http",
      ]) {
        const some = withPeerOpen(kcnp(list, "Deny", peer, `, protocols: [{${protocol}}]`));
        opens(`${list}, ${what}, {${protocol}}, no longer denied`, some, withPeerOpen(none));
      }
    }
  for (const peer of [
    "networks: [203.0.113.0/24]",
    "networks: ['2001:db8::/32']",
    "networks: [0.0.0.0/0]",
    "domainNames: [api.example.com]",
    "domainNames: ['*.example.com']",
  ])
    opens(`egress, {${peer}}`, none, kcnp("egress", "Accept", peer), toWorld);
});
