import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { CidrRule, EgressRule, IngressRule, PolicyManifest } from "../../../lib/cilium/api/policy";
import { peersOf } from "../../../lib/input/scenario/peers";
import { parseAddress, parsePrefix, prefixContains } from "../../../lib/kubernetes/cidr";

const policy = (egress: EgressRule[], ingress: IngressRule[] = []): PolicyManifest => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "p", namespace: "shop" },
  spec: { endpointSelector: {}, egress, ingress },
});
const ids = (...rules: EgressRule[]) => peersOf([policy(rules)], { workloads: [] }).map(({ id }) => id);
const always = ["world", "host", "remote-node", "kube-apiserver"];

test("every cluster has a world, nodes and an API server", () => {
  assert.deepEqual(ids(), always);
});

test("rare entities are peers only where a policy names them", () => {
  assert.deepEqual(ids({ toEntities: ["health", "world"] }), [...always, "health"]);
});

test("each named block and each DNS name is a peer of its own; everything else is world", () => {
  assert.deepEqual(
    ids(
      { toCIDR: ["10.0.0.0/8", "0.0.0.0/0"] },
      { toCIDRSet: [{ cidr: "10.0.0.0/8", except: ["10.0.0.0/16"] }, { cidr: "2001:db8::/32" }] },
      { toFQDNs: [{ matchName: "api.example.com" }, { matchPattern: "*.example.org" }] },
    ),
    [...always, "10.0.0.0/8", "10.0.0.0/16", "2001:db8::/32", "*.example.org", "api.example.com"],
  );
});

test("peers outside have the ports that egress rules name, or 443", () => {
  const portsOf = (...rules: EgressRule[]) =>
    peersOf([policy(rules)], { workloads: [] }).find(({ id }) => id === "world")?.ports;
  assert.deepEqual(portsOf(), [{ port: 443, protocol: "TCP" }]);
  assert.deepEqual(
    portsOf(
      {
        toEntities: ["world"],
        toPorts: [{ ports: [{ port: "80", protocol: "TCP" }, { port: "53", protocol: "UDP" }, { port: "http" }] }],
      },
      { toEndpoints: [{}], toPorts: [{ ports: [{ port: "5432", protocol: "TCP" }] }] },
    ),
    [
      { port: 53, protocol: "UDP" },
      { port: 80, protocol: "TCP" },
    ],
  );
});

test("DNS and Linkerd's components are peers where a policy mentions them and no manifest describes them", () => {
  const dns: EgressRule = {
    toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } }],
  };
  assert.ok(ids(dns).includes("kube-system/kube-dns"));
  assert.ok(
    ids({
      toEndpoints: [
        { matchExpressions: [{ key: "io.kubernetes.pod.namespace", operator: "In", values: ["linkerd"] }] },
      ],
    }).includes("linkerd/linkerd-destination"),
  );
  const described = {
    kind: "Deployment",
    name: "coredns",
    endpoint: { id: "kube-system/coredns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  };
  assert.deepEqual(
    peersOf([policy([dns])], { workloads: [described] }).map(({ id }) => id),
    always,
  );
});

test("a block's address is in it, and in no narrower named block", () => {
  const octet = fc.constantFrom(0, 1, 2, 128, 255);
  const v4 = fc
    .tuple(octet, octet, octet, octet, fc.integer({ min: 1, max: 32 }))
    .map(([a, b, c, d, bits]) => `${a}.${b}.${c}.${d}/${bits}`);
  const v6 = fc
    .tuple(fc.constantFrom("2001:db8::", "fd00::1", "::"), fc.integer({ min: 1, max: 128 }))
    .map(([address, bits]) => `${address}/${bits}`);
  let held = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(v4, v6), { minLength: 1, maxLength: 8 }), (cidrs) => {
      const blocks = peersOf([policy([{ toCIDR: cidrs }])], { workloads: [] }).filter(({ ip }) => ip !== undefined);
      const prefixes = cidrs.flatMap((cidr) => parsePrefix(cidr) ?? []);
      for (const { id, ip } of blocks) {
        const [own, address] = [parsePrefix(id), parseAddress(ip ?? "")];
        assert.ok(own && address && prefixContains(own, address), `${ip} in ${id}`);
        const narrower = prefixes.filter((prefix) => prefix.bits > own.bits && prefixContains(prefix, address));
        assert.deepEqual(narrower, [], `${ip} stands for ${id} alone`);
        held++;
      }
    }),
  );
  assert.ok(held > 100);
});

test("a DNS name has an address outside of all blocks, or inside if blocks leave none", () => {
  const named = ["a.example.com", "b.example.com"].map((matchName) => ({ matchName }));
  const addresses = (...toCIDR: string[]) =>
    peersOf([policy([{ toCIDR }, { toFQDNs: named }])], { workloads: [] }).flatMap(({ fqdn, ip }) =>
      fqdn ? [ip] : [],
    );
  assert.deepEqual(addresses("10.0.0.0/8"), ["198.18.0.1", "198.18.0.2"]);
  assert.deepEqual(addresses("198.18.0.0/30", "198.18.0.5/32"), ["198.18.0.4", "198.18.0.6"]);
  // The public internet as a list of blocks. Searching it address by address would take minutes.
  const internet = ["0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2"];
  const rest = ["128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/6", "172.0.0.0/12", "172.32.0.0/11", "172.64.0.0/10"];
  const last = ["172.128.0.0/9", "173.0.0.0/8", "174.0.0.0/7", "176.0.0.0/4", "192.0.0.0/9", "192.128.0.0/11"];
  const end = [
    "192.160.0.0/13",
    "192.169.0.0/16",
    "192.170.0.0/15",
    "192.172.0.0/14",
    "192.176.0.0/12",
    "192.192.0.0/10",
  ];
  const top = ["193.0.0.0/8", "194.0.0.0/7", "196.0.0.0/6", "200.0.0.0/5", "208.0.0.0/4", "224.0.0.0/3"];
  assert.deepEqual(addresses(...internet, ...rest, ...last, ...end, ...top), ["10.0.0.0", "10.0.0.1"]);
  assert.deepEqual(addresses("0.0.0.0/1", "128.0.0.0/1"), ["198.18.0.1", "198.18.0.2"]);
});

test("where blocks leave no address, there is no other world", () => {
  assert.deepEqual(ids({ toCIDR: ["0.0.0.0/1", "128.0.0.0/1"] }), [
    ...["host", "remote-node", "kube-apiserver"],
    ...["0.0.0.0/1", "128.0.0.0/1"],
  ]);
  assert.ok(ids({ toCIDR: ["0.0.0.0/1", "128.0.0.0/2"] }).includes("world"));
});

test("a group of blocks is one peer, apart from what other groups and blocks overlap", () => {
  const cidrGroups = [
    { name: "partners", cidrs: ["203.0.113.0/24", "198.51.100.0/25", "192.0.2.0/24"] },
    { name: "offices", cidrs: ["203.0.113.64/26"] },
    { name: "unnamed", cidrs: ["233.252.0.0/24"] },
  ];
  const peers = (...sets: CidrRule[]) =>
    peersOf([policy([{ toCIDRSet: sets }])], { workloads: [], groups: [cidrGroups, cidrGroups] })
      .filter(({ ip }) => ip !== undefined)
      .map(({ id, ip }) => `${id} ${ip}`);
  assert.deepEqual(peers({ cidrGroupRef: "partners" }), ["cidrgroup:partners 192.0.2.0"]);
  assert.deepEqual(peers({ cidrGroupRef: "partners" }, { cidrGroupRef: "offices" }), [
    "cidrgroup:partners 192.0.2.0",
    "cidrgroup:offices+partners 203.0.113.64",
  ]);
  assert.deepEqual(peers({ cidrGroupRef: "partners", except: ["198.51.100.0/26"] }), [
    "198.51.100.0/26 198.51.100.0",
    "cidrgroup:partners 192.0.2.0",
  ]);
  assert.deepEqual(peers({ cidrGroupSelector: { matchLabels: { kind: "own" } } }), [
    "cidrgroup:partners 192.0.2.0",
    "cidrgroup:offices+partners 203.0.113.64",
    "cidrgroup:unnamed 233.252.0.0",
  ]);
});

test("Linkerd's own workloads are meshed, with the labels of the injector", () => {
  const namespace = (name: string) => ({ matchLabels: { "k8s:io.kubernetes.pod.namespace": name } });
  const from = policy([], [{ fromEndpoints: [namespace("linkerd-viz"), namespace("linkerd")] }]);
  const meshes = Object.fromEntries(
    peersOf([from], { workloads: [] }).flatMap(({ id, mesh }) => (mesh === undefined ? [] : [[id, mesh]])),
  );
  const direct = { injected: true, directPorts: [8080, 8086, 8090] };
  assert.deepEqual(meshes, {
    "linkerd/linkerd-identity": direct,
    "linkerd/linkerd-destination": direct,
    "linkerd-viz/tap": { injected: true },
    "linkerd-viz/prometheus": { injected: true },
  });
  const tap = peersOf([from], { workloads: [] }).find(({ id }) => id === "linkerd-viz/tap");
  assert.equal(tap?.labels?.["linkerd.io/proxy-deployment"], "tap");
});
