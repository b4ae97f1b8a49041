import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EgressRule, IngressRule, Rule } from "../../../lib/cilium/api/policy";
import {
  clusterwideNetworkPolicy,
  denyAllEgress,
  denyAllIngress,
  type EgressTraffic,
  Endpoints,
  Entity,
  Icmp,
  type IngressTraffic,
  Label,
  networkPolicy,
  Peer,
  Port,
  Protocol,
} from "../../../lib/cilium/model";
import { clusterwideSpec, namespacedSpec } from "./arbitraries";

const subject = { name: "p", namespace: "demo", endpointSelector: Endpoints.labels({ app: "podinfo" }) };
const ingressOf = (...ingress: IngressTraffic[]) => networkPolicy({ ...subject, ingress }).spec?.ingress;
const egressOf = (...egress: EgressTraffic[]) => networkPolicy({ ...subject, egress }).spec?.egress;

describe("a policy's manifest", () => {
  it("is what a person would write", () => {
    const manifest = networkPolicy({
      ...subject,
      labels: { team: "a" },
      description: "podinfo",
      ingress: [{ from: [Peer.endpoints({ app: "client" })], ports: [Port.tcp(9898), Port.named("http")] }],
    });
    assert.deepEqual(manifest, {
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: "p", namespace: "demo", labels: { team: "a" } },
      spec: {
        description: "podinfo",
        endpointSelector: { matchLabels: { app: "podinfo" } },
        ingress: [
          {
            fromEndpoints: [{ matchLabels: { app: "client" } }],
            toPorts: [
              {
                ports: [
                  { port: "9898", protocol: "TCP" },
                  { port: "http", protocol: "ANY" },
                ],
              },
            ],
          },
        ],
      },
    });
  });

  it("of a clusterwide policy has no namespace, and may select nodes", () => {
    const manifest = clusterwideNetworkPolicy({
      name: "nodes",
      nodeSelector: Endpoints.labels({ "node-role.kubernetes.io/worker": "" }),
      ingress: [{ from: [Peer.entity(Entity.RemoteNode)] }],
    });
    assert.deepEqual(manifest, {
      apiVersion: "cilium.io/v2",
      kind: "CiliumClusterwideNetworkPolicy",
      metadata: { name: "nodes" },
      spec: {
        nodeSelector: { matchLabels: { "node-role.kubernetes.io/worker": "" } },
        ingress: [{ fromEntities: ["remote-node"] }],
      },
    });
  });

  it("expresses nothing and everything as entities, never as an empty list", () => {
    assert.deepEqual(networkPolicy({ ...subject, ingress: denyAllIngress, egress: denyAllEgress }).spec, {
      endpointSelector: { matchLabels: { app: "podinfo" } },
      ingress: [{ fromEntities: ["none"] }],
      egress: [{ toEntities: ["none"] }],
    });
    assert.deepEqual(ingressOf({ from: [Peer.everything()] }), [{ fromEntities: ["all"] }]);
  });

  it("names the namespaces of a peer's pods", () => {
    const peers = [
      Peer.ownNamespace(),
      Peer.namespace("linkerd"),
      Peer.namespace("linkerd", { app: "x" }),
      Peer.namespaces({ team: "a" }, { app: "x" }),
      Peer.allNamespaces(),
      Peer.select(Endpoints.where(Label.in("tier", ["web", "db"]))),
      Peer.select(Endpoints.serviceAccount("web"), { name: "shop" }),
    ];
    assert.deepEqual(ingressOf({ from: peers })?.[0]?.fromEndpoints, [
      { matchLabels: { "k8s:io.kubernetes.pod.namespace": "demo" } },
      { matchLabels: { "k8s:io.kubernetes.pod.namespace": "linkerd" } },
      { matchLabels: { "k8s:io.kubernetes.pod.namespace": "linkerd", app: "x" } },
      { matchLabels: { "k8s:io.cilium.k8s.namespace.labels.team": "a", app: "x" } },
      { matchExpressions: [{ key: "k8s:io.kubernetes.pod.namespace", operator: "Exists" }] },
      { matchExpressions: [{ key: "tier", operator: "In", values: ["web", "db"] }] },
      {
        matchLabels: { "k8s:io.kubernetes.pod.namespace": "shop", "k8s:io.cilium.k8s.policy.serviceaccount": "web" },
      },
    ]);
  });

  it("has one item for each kind of peer, because Cilium refuses two kinds in one item", () => {
    const from = [
      Peer.entity(Entity.Host),
      Peer.endpoints({ app: "a" }),
      Peer.cidr("10.0.0.0/8"),
      Peer.endpoints({ app: "b" }),
    ];
    assert.deepEqual(ingressOf({ from, ports: [Port.tcp(1)] }), [
      {
        fromEndpoints: [{ matchLabels: { app: "a" } }, { matchLabels: { app: "b" } }],
        toPorts: [{ ports: [{ port: "1", protocol: "TCP" }] }],
      },
      { fromEntities: ["host"], toPorts: [{ ports: [{ port: "1", protocol: "TCP" }] }] },
      { fromCIDR: ["10.0.0.0/8"], toPorts: [{ ports: [{ port: "1", protocol: "TCP" }] }] },
    ]);
  });

  it("has separate items for ports and ICMP, for the same reason", () => {
    assert.deepEqual(ingressOf({ from: [Peer.everything()], ports: [Port.all()], icmp: [Icmp.ping(), Icmp.ping6()] }), [
      { fromEntities: ["all"], toPorts: [{ ports: [{ port: "0", protocol: "ANY" }] }] },
      {
        fromEntities: ["all"],
        icmps: [
          {
            fields: [
              { family: "IPv4", type: 8 },
              { family: "IPv6", type: 128 },
            ],
          },
        ],
      },
    ]);
  });

  it("has port ranges, and a range of one port as a single port", () => {
    const ports = [Port.tcpRange(1, 5), Port.udpRange(7, 7), Port.named("dns", Protocol.Udp), Port.allSctp()];
    assert.deepEqual(ingressOf({ from: [Peer.everything()], ports })?.[0]?.toPorts, [
      {
        ports: [
          { port: "1", endPort: 5, protocol: "TCP" },
          { port: "7", protocol: "UDP" },
          { port: "dns", protocol: "UDP" },
          { port: "0", protocol: "SCTP" },
        ],
      },
    ]);
  });

  it("has CIDR blocks in one list, in the longer form if one of them needs it", () => {
    const plain = egressOf({ to: [Peer.cidr("10.0.0.0/8"), Peer.cidr("192.0.2.0/24")] });
    assert.deepEqual(plain, [{ toCIDR: ["10.0.0.0/8", "192.0.2.0/24"] }]);
    const to = [
      Peer.cidr("10.0.0.0/8", { except: ["10.1.0.0/16"] }),
      Peer.cidr("192.0.2.0/24"),
      Peer.cidrGroup("office"),
    ];
    assert.deepEqual(egressOf({ to }), [
      {
        toCIDRSet: [
          { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] },
          { cidr: "192.0.2.0/24" },
          { cidrGroupRef: "office" },
        ],
      },
    ]);
  });

  it("names a Service's namespace, because to Cilium an absent one is any", () => {
    const to = [
      Peer.service("db"),
      Peer.service("db", { namespace: "shop" }),
      Peer.services({ tier: "db" }),
      Peer.service("x", { anyNamespace: true }),
    ];
    assert.deepEqual(egressOf({ to }), [
      {
        toServices: [
          { k8sService: { serviceName: "db", namespace: "demo" } },
          { k8sService: { serviceName: "db", namespace: "shop" } },
          { k8sServiceSelector: { selector: { matchLabels: { tier: "db" } }, namespace: "demo" } },
          { k8sService: { serviceName: "x" } },
        ],
      },
    ]);
  });

  it("sends the DNS of pods that may reach DNS names through Cilium's proxy, in one rule", () => {
    const egress = egressOf(
      { to: [Peer.fqdn("api.example.com")], ports: [Port.tcp(443)] },
      { to: [Peer.fqdnPattern("*.example.org")], ports: [Port.tcp(443)] },
    );
    assert.deepEqual(egress?.[0], {
      toFQDNs: [{ matchName: "api.example.com" }],
      toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
    });
    assert.deepEqual(egress?.slice(2), [
      {
        toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } }],
        toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
      },
    ]);
  });
});

describe("every manifest", () => {
  const peerFields = /^(from|to)(Endpoints|Entities|CIDR|CIDRSet|Services|FQDNs)$/;

  function check(rule: Rule | undefined) {
    assert.ok(rule);
    const items = [rule.ingress, rule.ingressDeny, rule.egress, rule.egressDeny].flatMap((list) => list ?? []);
    assert.ok(items.length > 0);
    for (const item of items as (IngressRule & EgressRule)[]) {
      const peers = Object.keys(item).filter((field) => peerFields.test(field));
      assert.equal(peers.length, 1, "exactly one kind of peer");
      assert.ok(!(item.toPorts && item.icmps), "ports or ICMP");
    }
    JSON.stringify(rule, (key, value) => {
      if (Array.isArray(value)) assert.ok(value.length > 0, `${key} is an empty list`);
      assert.notEqual(value, undefined, `${key} is undefined`);
      return value;
    });
  }

  it("has one kind of peer per item, never ports beside ICMP, no empty list and no undefined", () => {
    fc.assert(fc.property(namespacedSpec, (spec) => check(networkPolicy(spec).spec)));
    fc.assert(fc.property(clusterwideSpec, (spec) => check(clusterwideNetworkPolicy(spec).spec)));
  });

  it("stays the same if the specification goes through JSON, as Pulumi sends it", () => {
    fc.assert(
      fc.property(namespacedSpec, (spec) => {
        assert.deepEqual(networkPolicy(JSON.parse(JSON.stringify(spec))), networkPolicy(spec));
      }),
    );
  });

  it("does not mutate the specification", () => {
    fc.assert(
      fc.property(namespacedSpec, (spec) => {
        const before = structuredClone(spec);
        networkPolicy(spec);
        assert.deepEqual(spec, before);
      }),
    );
  });
});
