import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { account, cilium, from, gateway, ingress, linkerd, policy, route, server, target } from "./both-fences";
import { endsWith, opens, toWorld } from "./gate-of-two";

const namespace = (annotations: string) =>
  `{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {${annotations}}}}`;
const injected = "linkerd.io/inject: enabled";
const all = (...objects: string[]) => objects.join("\n---\n");
const guarded = (...objects: string[]) => all(server(), ...objects);
const identities = (list: string) => linkerd("MeshTLSAuthentication", "who", `{identities: [${list}]}`);
const toWho = policy("who", target("MeshTLSAuthentication", "who"));
const web = "web.shop.serviceaccount.identity.linkerd.cluster.local";

describe("Linkerd's objects open edges at pods that no manifest describes", () => {
  opens("an identity more", guarded(identities(web), toWho), guarded(identities(`${web}, "*"`), toWho));
  opens("an account more", guarded(), guarded(policy("web", account("web"))));
  opens("a Server that lets everybody in", server(), server("accessPolicy: all-unauthenticated"), [
    ...toWorld,
    "plaintext",
  ]);
  opens("a Server that only audits", server(), server("accessPolicy: audit"), [...toWorld, "plaintext"]);
  opens("no Server any more", all(namespace(injected), server()), namespace(injected), [...toWorld, "plaintext"]);
  const onRoute = policy("web", account("web"), target("HTTPRoute", "some"));
  opens(
    "more paths",
    guarded(onRoute, route("some", "{matches: [{path: {value: /a}}]}")),
    guarded(onRoute, route("some", "{matches: [{path: {value: /}}]}")),
  );
  opens(
    "a port by another name",
    all(
      namespace(injected),
      linkerd("Server", "api", "{podSelector: {matchLabels: {app: api}}, port: http}", "v1beta3"),
    ),
    all(
      namespace(injected),
      linkerd("Server", "api", "{podSelector: {matchLabels: {app: api}}, port: web}", "v1beta3"),
    ),
    [],
  );
  const selecting = (selector: string) => linkerd("Server", "api", `{podSelector: ${selector}, port: 8080}`, "v1beta1");
  it("other pods: some open, others close", () => {
    const [narrow, other] = [selecting("{matchLabels: {app: api}}"), selecting("{matchLabels: {app: web}}")];
    assert.deepEqual(endsWith(narrow, other, ["opened:world", "closed"]), [1, 1]);
    assert.deepEqual(endsWith(other, narrow, ["opened:world", "closed"]), [1, 1]);
  });
  opens("fewer pods", selecting("{}"), selecting("{matchLabels: {app: api}}"), toWorld);
  opens(
    "pods whose labels Cilium does not keep",
    selecting("{matchExpressions: [{key: pod-template-hash, operator: In, values: [a, b]}]}"),
    selecting("{matchExpressions: [{key: pod-template-hash, operator: In, values: [a]}]}"),
    toWorld,
  );
});

describe("EgressNetworks open edges from undescribed pods of their namespaces", () => {
  const egress = (policy: string) => linkerd("EgressNetwork", "all", `{trafficPolicy: ${policy}}`);
  opens("everything outside", egress("Deny"), egress("Allow"), ["opened:world"]);
  opens("no EgressNetwork any more", all(namespace(injected), egress("Deny")), namespace(injected), ["opened:world"]);
  const out = (...ports: number[]) =>
    gateway(
      "TCPRoute",
      "out",
      `{parentRefs: [${ports.map((port) => `{group: policy.linkerd.io, kind: EgressNetwork, name: all, port: ${port}}`)}], rules: [{backendRefs: []}]}`,
      "v1alpha2",
    );
  opens("a port more", all(egress("Deny"), out(443)), all(egress("Deny"), out(443, 25)), ["opened:world"]);
});

describe("a namespace's injection annotations apply to pods that no manifest describes", () => {
  const deny = `${injected}, config.linkerd.io/default-inbound-policy: deny`;
  opens("its default policy", namespace(deny), namespace(injected), [...toWorld, "plaintext"]);
  opens(
    "ports that pass the proxy by",
    all(namespace(injected), server()),
    all(namespace(`${injected}, config.linkerd.io/skip-inbound-ports: "8080"`), server()),
    [...toWorld, "plaintext"],
  );
  it("a namespace with injection has a mesh: requests travel on 4143", () => {
    const on = (port: number) => all(namespace(injected), ingress(from("web", port)));
    assert.deepEqual(endsWith(on(8080), on(4143), ["opened", "closed"]), [1, 1]);
  });
});

describe("blocks that only Linkerd's authorization names are peers, and the world is outside all of them", () => {
  const byNetwork = (networks: string) =>
    guarded(
      linkerd("NetworkAuthentication", "net", `{networks: [${networks}]}`),
      policy("net", target("NetworkAuthentication", "net")),
    );
  const byOld = (client: string) =>
    guarded(linkerd("ServerAuthorization", "old", `{server: {name: api}, client: {${client}}}`, "v1beta1"));
  const office = "{cidr: 10.0.0.0/8}";
  const gates = ["opened:world"];
  opens("a block more", byNetwork(office), byNetwork(`${office}, {cidr: 203.0.113.0/24}`), gates);
  opens(
    "an address more",
    byNetwork("{cidr: 203.0.113.7}"),
    byNetwork("{cidr: 203.0.113.7}, {cidr: 203.0.113.9}"),
    gates,
  );
  opens("all addresses", byNetwork(office), byNetwork("{cidr: 0.0.0.0/0}"), gates);
  opens(
    "a block that is no longer left out",
    byNetwork("{cidr: 0.0.0.0/0, except: [203.0.113.0/24]}"),
    byNetwork("{cidr: 0.0.0.0/0}"),
    gates,
  );
  opens("addresses of IPv6", byNetwork("{cidr: 0.0.0.0/0}"), byNetwork('{cidr: 0.0.0.0/0}, {cidr: "::/0"}'), gates);
  opens(
    "a ServerAuthorization for all addresses in place of the cluster's",
    byOld("unauthenticated: true"),
    byOld("unauthenticated: true, networks: [{cidr: 0.0.0.0/0}]"),
    gates,
  );
  opens(
    "a Server for all in place of the cluster",
    server("accessPolicy: cluster-unauthenticated"),
    server("accessPolicy: all-unauthenticated"),
    gates,
  );
  opens(
    "a block that Cilium lets in to a port which Linkerd opens for it",
    all(byNetwork(office), cilium("api", "{endpointSelector: {}, ingress: [{fromCIDR: [10.1.0.0/16]}]}")),
    all(byNetwork(office), cilium("api", "{endpointSelector: {}, ingress: [{fromCIDR: [10.0.0.0/8]}]}")),
    gates,
  );
});
