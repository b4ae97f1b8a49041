import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../../lib/kubernetes/cidr";
import { CHART_SETTINGS, type Destination } from "../../../lib/linkerd/policy";
import { EgressPolicy } from "../../../lib/linkerd/policy/egress";
import { readObjects } from "../../../lib/linkerd/policy/objects";

const GLOBAL = "linkerd-egress";
const network = (name: string, spec: object, namespace = GLOBAL, creationTimestamp?: string) => ({
  apiVersion: "policy.linkerd.io/v1alpha1",
  kind: "EgressNetwork",
  metadata: { name, namespace, ...(creationTimestamp && { creationTimestamp }) },
  spec: { trafficPolicy: "Deny", ...spec },
});
const within = (...cidrs: string[]) => ({ networks: cidrs.map((cidr) => ({ cidr })) });
const route = (kind: string, name: string, spec: object, namespace = GLOBAL, parent = "all") => ({
  apiVersion: `gateway.networking.k8s.io/${kind === "TLSRoute" || kind === "TCPRoute" ? "v1alpha2" : "v1"}`,
  kind,
  metadata: { name, namespace },
  spec: {
    parentRefs: [{ group: "policy.linkerd.io", kind: "EgressNetwork", name: parent, namespace: GLOBAL, port: 443 }],
    ...spec,
  },
});
const decide = (objects: object[], destination: Partial<Destination> & { at?: string } = {}, namespace = "shop") => {
  const { at, ...rest } = destination;
  const address = at === undefined ? undefined : parseAddress(at);
  const policy = new EgressPolicy(readObjects(objects).objects, CHART_SETTINGS);
  return policy
    .decide(namespace, { port: 443, ...rest, ...(address !== undefined && { address }) })
    .map((one) =>
      one.kind === "free"
        ? "free"
        : [one.network.name, ...one.routes.map(({ kind, name }) => `${kind} ${name}`)].join(" "),
    )
    .sort();
};

// The cases of Linkerd's own tests, in `egress_network.rs`.
test("the smallest network that contains an address applies, then the oldest, then the first by name", () => {
  const at = "192.168.0.4";
  assert.deepEqual(
    decide([network("wide", within("192.168.0.0/16")), network("narrow", within("192.168.0.0/24"))], { at }),
    ["narrow"],
  );
  const late = network("a", within("192.168.0.0/16"), GLOBAL, "2026-02-01T00:00:00Z");
  const early = network("b", within("192.168.0.0/16"), GLOBAL, "2026-01-01T00:00:00Z");
  assert.deepEqual(decide([late, early], { at }), ["b"]);
  const same = network("c", within("192.168.0.0/16"), GLOBAL, "2026-01-01T00:00:00Z");
  assert.deepEqual(decide([same, early], { at }), ["b"]);
  const excepting = network("d", { networks: [{ cidr: "192.168.0.0/16", except: [at] }] });
  assert.deepEqual(decide([excepting, network("e", within("192.168.0.0/16"))], { at }), ["e"]);
  // Manifests have no creation time, so that either may be the older one.
  assert.deepEqual(decide([network("f", within("192.168.0.0/16")), network("e", within("192.168.0.0/16"))], { at }), [
    "e",
    "f",
  ]);
});

test("a namespace with its own networks ignores the global ones, and nobody uses those of other namespaces", () => {
  const own = network("own", within("203.0.113.0/24"), "shop");
  const global = network("all", {});
  assert.deepEqual(decide([own, global], { at: "203.0.113.9" }), ["own"]);
  assert.deepEqual(decide([own, global], { at: "198.51.100.1" }), ["free"]);
  assert.deepEqual(decide([own, global], { at: "198.51.100.1" }, "other"), ["all"]);
  assert.deepEqual(decide([own], { at: "203.0.113.9" }, "other"), ["free"]);
});

test("an EgressNetwork without networks is everything outside the cluster, and the world is every address in no named block", () => {
  assert.deepEqual(decide([network("all", {})]), ["all"]);
  assert.deepEqual(decide([network("all", {})], { at: "10.1.2.3" }), ["free"]);
  assert.deepEqual(decide([network("all", {})], { at: "2001:db8::1" }), ["all"]);
  assert.deepEqual(decide([network("part", within("203.0.113.0/24"))]), ["free"]);
  assert.deepEqual(decide([network("all", { trafficPolicy: "Allow" })]), ["free"]);
  // The address of a name may be inside or outside the block.
  assert.deepEqual(decide([network("part", within("203.0.113.0/24"))], { isName: true }), ["free", "part"]);
});

test("only routes of one kind count, for their port, in the namespace of the network or the client", () => {
  const all = network("all", {});
  const tls = route("TLSRoute", "tls", { hostnames: ["a.example"], rules: [{}] });
  const tcp = route("TCPRoute", "tcp", { rules: [{}] });
  const http = route("HTTPRoute", "http", {});
  assert.deepEqual(decide([all, tls, tcp]), ["all TLSRoute tls"]);
  assert.deepEqual(decide([all, tls, tcp, http]), ["all HTTPRoute http"]);
  assert.deepEqual(decide([all, tcp], { port: 80 }), ["all"]);
  const ofClient = route("TCPRoute", "own", { rules: [{}] }, "shop");
  assert.deepEqual(decide([all, ofClient]), ["all TCPRoute own"]);
  assert.deepEqual(decide([all, ofClient], {}, "other"), ["all"]);
  // A network that overlaps the cluster's is not accepted, and neither are its routes, but it still denies.
  const overlapping = network("all", within("0.0.0.0/0"));
  assert.deepEqual(decide([overlapping, tcp]), ["all"]);
});
