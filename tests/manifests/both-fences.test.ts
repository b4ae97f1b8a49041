import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../lib/common/problem";
import { evaluateManifests, TransportMode } from "../../lib/manifests";
import { stateOf } from "../../lib/reachability/verdict";
import { decidedBy, mark } from "../../lib/reachability/words";
import {
  account,
  type Cluster,
  cilium,
  deployment,
  from,
  gateway,
  ingress,
  linkerd,
  policy,
  route,
  server,
  shop,
  target,
} from "./both-fences";

interface Case extends Cluster {
  what: string;
  objects: readonly string[];
  mode?: TransportMode;
  to?: string;
  port?: number;
  /** By client, the verdict and its reason. */
  says: Record<string, string>;
  problems?: RegExp;
}

const forWeb = policy("web", account("web"));
const toApi = `[${target("Server", "api")}]`;
const mesh = TransportMode.TransportHeader;
const plainText = TransportMode.Transparent;
const skipping = (direction: string) => `{config.linkerd.io/skip-${direction}-ports: "8080"}`;
const noRule = "no ingress rule";
const onlyWeb = "Linkerd: Server api admits only sa web.shop (403)";
const onlyWebOverMtls = "Linkerd: Server api admits only over mTLS sa web.shop (403)";
const admitsWeb = "Linkerd: Server api, AuthorizationPolicy web";

const cases: Case[] = [
  {
    what: "Cilium admits two clients, and Linkerd one of them",
    mode: plainText,
    objects: [server(), forWeb, ingress(`${from("web", 8080)}, ${from("job", 8080)}`)],
    says: {
      web: `✓ api (ingress), ${admitsWeb}`,
      job: `✗ ${onlyWeb}`,
      plain: `✗ ${noRule}, ${onlyWebOverMtls}`,
    },
  },
  {
    what: "the same rules if the port on the wire is 4143",
    mode: mesh,
    objects: [server(), forWeb, ingress(from("web", 8080))],
    says: { web: "✗ no ingress rule for 4143", job: `✗ no ingress rule for 4143, ${onlyWeb}` },
  },
  {
    what: "4143 for two clients, which the Server distinguishes",
    mode: mesh,
    objects: [server(), forWeb, ingress(`${from("web", 4143)}, ${from("job", 4143)}`)],
    says: { web: `✓ api (ingress), ${admitsWeb}`, job: `✗ ${onlyWeb}` },
  },
  {
    what: "an opaque Server moves its port in transparent mode too",
    mode: plainText,
    objects: [server("proxyProtocol: opaque"), forWeb, ingress(from("web", 8080))],
    says: { web: "✗ no ingress rule for 4143", plain: `✗ ${noRule}, ${onlyWebOverMtls.replace("403", "closed")}` },
  },
  {
    what: "clients send bytes to an opaque port whose Server accepts requests",
    objects: [server("proxyProtocol: HTTP/1"), forWeb],
    workloads: { api: deployment("api", { annotations: '{config.linkerd.io/opaque-ports: "8080"}' }) },
    says: {
      web: "✗ Linkerd: Server api only takes requests, but clients' proxies send bytes to a port that is opaque to them (closed)",
    },
  },
  {
    what: "no Server guards a port that bypasses the server's proxy",
    objects: [server(), forWeb],
    workloads: { api: deployment("api", { annotations: skipping("inbound") }) },
    says: { web: "✓ no policy", plain: "✓ no policy" },
  },
  {
    what: "a client whose own proxy skips the port does not present its account",
    objects: [server(), forWeb],
    workloads: { web: deployment("web", { annotations: skipping("outbound") }) },
    says: { web: `✗ ${onlyWebOverMtls}`, job: `✗ ${onlyWeb}` },
  },
  {
    what: "a pod on the network of its node has no proxy, whatever its account",
    objects: [server(), forWeb],
    workloads: { web: deployment("web", { pod: "hostNetwork: true," }) },
    says: { web: `✗ ${onlyWebOverMtls}` },
  },
  {
    what: "an account and a block: which clients are in the block is unknown",
    objects: [
      server(),
      linkerd("NetworkAuthentication", "lan", "{networks: [{cidr: 10.9.0.0/16}]}"),
      forWeb,
      policy("lan", target("NetworkAuthentication", "lan")),
    ],
    says: {
      web: `✓ ${admitsWeb}`,
      plain:
        "? Linkerd: it depends on the client's address, which the networks of AuthorizationPolicy lan ask for (only clients from 10.9.0.0/16 and over mTLS sa web.shop)",
    },
  },
  {
    what: "a pod's own default policy goes before the namespace's",
    objects: [],
    namespace: "linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: all-authenticated",
    workloads: {
      job: deployment("job", { annotations: "{config.linkerd.io/default-inbound-policy: deny}" }),
    },
    says: {
      web: "✓ Linkerd: default policy all-authenticated",
      plain: "✗ Linkerd: default policy all-authenticated admits only meshed clients (403)",
    },
  },
  {
    what: "a policy for the namespace opens no port that no Server selects",
    objects: [policy("all", account("web"), "{kind: Namespace, name: shop}")],
    namespace: "linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: deny",
    says: { web: "✗ Linkerd: default policy deny admits nobody (403)" },
  },
  {
    what: "accessPolicy applies to the Server, and audit only logs",
    objects: [server("accessPolicy: audit"), forWeb],
    says: {
      web: `✓ ${admitsWeb}, accessPolicy audit (only logs)`,
      plain: "✓ Linkerd: Server api, accessPolicy audit (only logs)",
    },
  },
  {
    what: "the default policy may audit too",
    objects: [],
    namespace: "linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: audit",
    says: { plain: "✓ Linkerd: default policy audit (only logs)" },
  },
  {
    what: "two routes of one Server, each for one account",
    objects: [
      server(),
      route("cart", "{matches: [{path: {value: /cart}, method: GET}]}"),
      route("admin", "{matches: [{path: {value: /admin}}]}"),
      policy("web", account("web"), target("HTTPRoute", "cart")),
      policy("job", account("job"), target("HTTPRoute", "admin")),
    ],
    says: {
      web: "✓ Linkerd: GET /cart/* ✓, /admin/* ✗ 403, everything else ✗ 404 (Server api, AuthorizationPolicy web)",
      job: "✓ Linkerd: /admin/* ✓, GET /cart/* ✗ 403, everything else ✗ 404 (Server api, AuthorizationPolicy job)",
      plain: "✗ Linkerd: Server api admits only over mTLS sa job.shop, sa web.shop (403; 404 where no route matches)",
    },
  },
  {
    what: "redirected requests never reach the application",
    objects: [
      server(),
      route(
        "old",
        "{matches: [{path: {value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}, statusCode: 301}}]}, {matches: [{path: {value: /new}}]}",
      ),
      policy("web", account("web"), target("HTTPRoute", "old")),
    ],
    says: {
      web: "✓ Linkerd: /new/* ✓, /old/* ✗ 301, everything else ✗ 404 (Server api, AuthorizationPolicy web)",
    },
  },
  {
    what: "a redirect to a host passes requests for that host",
    objects: [
      server(),
      route("old", "{filters: [{type: RequestRedirect, requestRedirect: {hostname: shop.example.com}}]}"),
      policy("web", account("web"), target("HTTPRoute", "old")),
    ],
    says: { web: "✓ Linkerd: everything ✓ or 302 (Server api, AuthorizationPolicy web)" },
  },
  {
    what: "a prefix cannot be replaced if none was matched",
    objects: [
      server("proxyProtocol: HTTP/1"),
      route(
        "old",
        "{matches: [{path: {type: Exact, value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]}",
      ),
      policy("web", account("web"), target("HTTPRoute", "old")),
    ],
    says: {
      web: "✗ Linkerd: Server api lets none of its requests through: routes redirect them (500)",
      plain: "✗ Linkerd: Server api admits only over mTLS sa web.shop (403; 404 where no route matches)",
    },
  },
  {
    what: "an HTTPRoute beside a GRPCRoute has no effect, and the Server's own clients get everything",
    objects: [
      server(),
      forWeb,
      route("cart", "{matches: [{path: {value: /cart}}]}"),
      gateway("GRPCRoute", "g", `{parentRefs: ${toApi}, rules: [{matches: [{method: {service: a.B}}]}]}`),
      policy("job", account("job"), target("HTTPRoute", "cart")),
    ],
    says: { web: `✓ ${admitsWeb}`, job: `✗ ${onlyWeb}` },
  },
  {
    what: "a parentRef without group means the gateway's group, so the route is not attached",
    objects: [
      server(),
      forWeb,
      gateway(
        "HTTPRoute",
        "cart",
        "{parentRefs: [{kind: Server, name: api}], rules: [{matches: [{path: {value: /cart}}]}]}",
      ),
    ],
    says: { web: `✓ ${admitsWeb}` },
  },
  {
    what: "a Server that the API server refuses guards nothing",
    objects: [server("externalWorkloadSelector: {}"), forWeb],
    says: { plain: "✓ no policy" },
    problems: /Server shop\/api, spec: the API server refuses it/,
  },
  {
    what: "a policy that the webhook refuses admits nobody",
    objects: [server(), policy("two", `${account("web")}, ${account("job")}`)],
    says: { web: "✗ Linkerd: Server api admits nobody (403)" },
    problems: /AuthorizationPolicy shop\/two: Linkerd's webhook refuses it/,
  },
  {
    what: "all accounts of a namespace",
    objects: [
      server(),
      linkerd("MeshTLSAuthentication", "shop", "{identityRefs: [{kind: Namespace, name: shop}]}"),
      policy("shop", target("MeshTLSAuthentication", "shop")),
    ],
    says: {
      job: "✓ Linkerd: Server api, AuthorizationPolicy shop",
      plain: "✗ Linkerd: Server api admits only over mTLS sa *.shop (403)",
    },
  },
  {
    what: "a machine's identity is a URI, which even * does not match",
    objects: [
      server(),
      "{apiVersion: workload.linkerd.io/v1beta1, kind: ExternalWorkload, metadata: {name: vm, namespace: shop, labels: {app: vm}}, spec: {meshTLS: {identity: 'spiffe://root.linkerd.cluster.local/vm', serverName: vm.local}, workloadIPs: [{ip: 192.0.2.7}], ports: [{port: 8080}]}}",
      linkerd("MeshTLSAuthentication", "all", '{identities: ["*"]}'),
      policy("all", target("MeshTLSAuthentication", "all")),
    ],
    says: {
      web: "✓ Linkerd: Server api, AuthorizationPolicy all",
      vm: "✗ Linkerd: Server api admits only meshed clients (403)",
    },
  },
  {
    what: "shows a rate limit with the answer beyond it",
    objects: [
      server("accessPolicy: all-authenticated"),
      linkerd(
        "HTTPLocalRateLimitPolicy",
        "few",
        `{targetRef: ${target("Server", "api")}, total: {requestsPerSecond: 100}, identity: {requestsPerSecond: 10}, overrides: [{requestsPerSecond: 50, clientRefs: [${account("web").replace("}", ", namespace: shop}")}]}]}`,
      ),
    ],
    says: {
      web: "✓ Linkerd: Server api, accessPolicy all-authenticated, at most 100 requests/s in all, 50 of its identity, then 429 (HTTPLocalRateLimitPolicy few)",
      job: "✓ Linkerd: Server api, accessPolicy all-authenticated, at most 100 requests/s in all, 10 of its identity, then 429 (HTTPLocalRateLimitPolicy few)",
    },
  },
  {
    what: "a TLSRoute lets TLS of its names out of the cluster, and closes the rest",
    to: "world",
    port: 443,
    objects: [
      linkerd("EgressNetwork", "all", "{trafficPolicy: Deny}"),
      gateway(
        "TLSRoute",
        "out",
        '{parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: all, port: 443}], hostnames: ["*.example.com"], rules: [{backendRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: all, port: 443}]}]}',
        "v1alpha2",
      ),
    ],
    says: {
      web: "✓ Linkerd: TLS to *.example.com ✓, everything else ✗ closed (EgressNetwork shop/all, TLSRoute out)",
      plain: "✓ no policy",
    },
  },
  {
    what: "both layers may keep a pod from leaving the cluster",
    to: "world",
    port: 443,
    objects: [
      linkerd("EgressNetwork", "all", "{trafficPolicy: Deny}"),
      cilium("out", "{endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [cluster]}]}"),
    ],
    says: {
      web: "✗ no egress rule, Linkerd: EgressNetwork shop/all keeps the client's proxy from sending to this port (403, or closed)",
      job: "✗ Linkerd: EgressNetwork shop/all keeps the client's proxy from sending to this port (403, or closed)",
    },
  },
  {
    what: "Linkerd decides about the admin port too, and the kubelet's probes of the proxy pass",
    port: 4191,
    objects: [server("", "api"), linkerd("Server", "admin", "{podSelector: {}, port: linkerd-admin}", "v1beta3")],
    says: {
      host: "✓ Linkerd: GET /live ✓, GET /ready ✓, everything else ✗ 403 (Server admin, the probe authorization)",
      web: "✗ Linkerd: Server admin admits nobody (403), but GET /live, GET /ready ✓",
    },
  },
];

for (const { what, objects, mode = mesh, to = "shop/api", port = 8080, says, problems: wrong, ...cluster } of cases)
  test(what, () => {
    const { reachability, problems } = evaluateManifests(shop(objects, cluster), { transportMode: mode });
    assert.match(problems.map(formatProblem).join("\n"), wrong ?? /^$/);
    const told = Object.keys(says).map((client) => {
      const id = ["host", "world"].includes(client) || client.includes("/") ? client : `shop/${client}`;
      const verdict = reachability.verdict({ from: id, to, proto: "TCP", port });
      return [client, `${mark[stateOf(verdict)]} ${decidedBy(verdict)}`];
    });
    assert.deepEqual(Object.fromEntries(told), says);
  });
