import assert from "node:assert/strict";
import { test } from "node:test";
import { learn } from "../../lib/traffic/learn/learn";
import { replay } from "../../lib/traffic/replay/replay";
import { judge } from "./generated";
import { type End, type Line, line, nameOf, pod, trafficOf, world } from "./lines";

const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];
const [web6, db6] = [pod("shop", "web", "fd00:10::1"), pod("shop", "db", "fd00:10::2")];
const reserved = (ip: string, ...labels: string[]): End => ({ ip, reserved: labels });
const seen = async (...lines: Line[]) =>
  (await trafficOf({ a: lines.map((one) => line(one)).join("\n") })).edges.map(nameOf);
const icmp = (from: End, to: End, l4: object, more: Partial<Line> = {}): Line => ({
  from,
  to,
  port: 0,
  ...more,
  more: { l4 },
});

test("IPv6 works like IPv4, even if it has only one of a pod's two addresses", async () => {
  assert.deepEqual(
    await seen(
      { from: web6, to: db6, port: 5432 },
      { from: web, to: db, port: 5432 },
      { from: web6, to: world("2001:db8::7"), port: 443 },
      { from: web6, to: world("fd00:10::77"), port: 80 },
    ),
    [
      "shop/web -> 2001:db8::7 TCP 443",
      "shop/web -> a pod that is gone (fd00:10::77) TCP 80",
      "shop/web -> shop/db TCP 5432",
    ],
  );
});

test("an ICMP echo is an edge of its type; its reply, errors and neighbour discovery are not", async () => {
  assert.deepEqual(
    await seen(
      icmp(web, db, { ICMPv4: { type: 8 } }),
      // Its type is 0, which protobuf omits.
      icmp(db, web, { ICMPv4: {} }, { reply: true }),
      icmp(db, web, { ICMPv4: { type: 3, code: 1 } }),
      icmp(web6, db6, { ICMPv6: { type: 128 } }),
      icmp(db6, web6, { ICMPv6: { type: 129 } }, { reply: true }),
      icmp(web6, db6, { ICMPv6: { type: 135 } }),
    ),
    ["shop/web -> shop/db ICMPv4 8", "shop/web -> shop/db ICMPv6 128"],
  );
});

test("UDP replies belong to the edge of the request, even in drops, which do not say whether they are replies", async () => {
  const asked: Line = { from: web, to: db, port: 5353, protocol: "UDP" };
  const answer: Line = { from: db, to: web, sourcePort: 5353, port: 40_000, protocol: "UDP" };
  assert.deepEqual(await seen(asked, { ...answer, reply: true }), ["shop/web -> shop/db UDP 5353"]);
  assert.deepEqual(await seen(asked, { ...answer, verdict: "DROPPED", event: 5, reason: "POLICY_DENIED", flags: {} }), [
    "shop/web -> shop/db UDP 5353",
  ]);
});

test("a NodePort's client is the world or the forwarding node; probes come from the node and the health endpoint", async () => {
  const lines: Line[] = [
    { from: world("203.0.113.7"), to: web, port: 8080 },
    { from: reserved("172.18.0.3", "remote-node"), to: web, port: 8080 },
    { from: reserved("172.18.0.2", "host"), to: web, port: 8081 },
    { from: reserved("10.0.0.200", "health"), to: web, port: 4240 },
    { from: reserved("10.0.0.9", "ingress"), to: web, port: 8080 },
    { from: web, to: reserved("172.18.0.5", "kube-apiserver", "remote-node"), port: 6443 },
  ];
  const traffic = await trafficOf({ a: lines.map((one) => line(one)).join("\n") });
  assert.deepEqual(traffic.edges.map(nameOf), [
    "203.0.113.7 -> shop/web TCP 8080",
    "health -> shop/web TCP 4240",
    "host -> shop/web TCP 8081",
    "ingress -> shop/web TCP 8080",
    "remote-node -> shop/web TCP 8080",
    "shop/web -> kube-apiserver TCP 6443",
  ]);
  const { policies, proof } = learn(traffic, judge());
  const ingress = policies.flatMap(({ manifest }) => manifest.spec?.ingress ?? []);
  assert.deepEqual(
    ingress.flatMap(({ fromEntities = [], fromCIDR = [] }) => [...fromEntities, ...fromCIDR]).sort(),
    ["203.0.113.7/32", "health", "ingress", "remote-node"],
    "a node's own probes pass every policy",
  );
  assert.deepEqual([proof.edges, proof.allowed], [6, 6]);
});

test("an address with CIDR or DNS labels is outside, under its own name", async () => {
  const labelled = (ip: string, ...labels: string[]): End => ({ ip, labels });
  assert.deepEqual(
    await seen(
      { from: web, to: labelled("192.0.2.4", "cidr:192.0.2.0/24", "reserved:world"), port: 443 },
      { from: web, to: labelled("192.0.2.5", "fqdn:*.example.com", "reserved:world-ipv4"), port: 443 },
    ),
    ["shop/web -> 192.0.2.4 TCP 443", "shop/web -> 192.0.2.5 TCP 443"],
  );
});

test("port scans are counted without being told apart, and nothing is lost silently", async () => {
  const scan = Array.from({ length: 2100 }, (_, port) => line({ from: web, to: db, port: port + 1 }));
  const traffic = await trafficOf({ a: scan.join("\n") });
  assert.equal(traffic.edges.length, 2000);
  assert.deepEqual(traffic.passedOver, [{ reason: "too many ports", count: 100 }]);
});

test("a workload of another cluster is never one of this cluster, even with the same name", async () => {
  const inCluster = (cluster: string, name: string, ip: string) =>
    pod("shop", name, ip, {
      labels: [
        `k8s:app=${name}`,
        "k8s:io.kubernetes.pod.namespace=shop",
        `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
      ],
    });
  const [web, cart, far] = [
    inCluster("east", "web", "10.0.0.1"),
    inCluster("east", "cart", "10.0.0.2"),
    inCluster("west", "cart", "10.9.0.2"),
  ];
  const lines = [
    line({ from: web, to: far, port: 80 }),
    line({ from: web, to: cart, port: 80 }),
    line({ from: far, to: web, port: 8080 }),
    line({ from: cart, to: world("192.0.2.7"), port: 443 }),
  ];
  for (const order of [lines, [...lines].reverse()]) {
    const traffic = await trafficOf({ "flows.jsonl": order.join("\n") });
    assert.deepEqual(traffic.edges.map(nameOf), [
      "shop/cart -> 192.0.2.7 TCP 443",
      "shop/cart in cluster west -> shop/web TCP 8080",
      "shop/web -> shop/cart TCP 80",
      "shop/web -> shop/cart in cluster west TCP 80",
    ]);
    const { unknown, allowed } = replay(traffic, judge());
    assert.deepEqual([unknown.length, allowed.length], [2, 2]);
    assert.match(unknown[0]?.by.join() ?? "", /it is in another cluster \(west\)/);
  }
});
