import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { evaluate } from "../../lib/manifests/evaluate";
import { account, deployment, ingress, linkerd, policy, route, server, shop, target } from "./both-fences";
import { endsWith } from "./gate-of-two";

const namespace = (annotations = "") =>
  `{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {${annotations}}}}`;
const injected = namespace("linkerd.io/inject: enabled");
const all = (...objects: string[]) => objects.join("\n---\n");
const lets = ingress("{fromEndpoints: [{}]}");

/** The exit statuses of the gate for a change and for its reverse. */
function bothWays(before: string, after: string): number[] {
  return [endsWith(before, after, ["opened"]), endsWith(after, before, ["opened"])].flat();
}

describe("a namespace with injection and without known workloads", () => {
  it("fails the gate if its injection changes, and passes it otherwise", () => {
    assert.deepEqual(bothWays(all(namespace(), lets), all(injected, lets)), [2, 2]);
    assert.deepEqual(bothWays(all(injected, lets), all(injected, lets)), [0, 0]);
  });
  it("passes the gate if its workloads are known, or the change adds it", () => {
    assert.deepEqual(endsWith(all(namespace(), deployment("api")), all(injected, deployment("api")), ["opened"]), [0]);
    assert.deepEqual(endsWith("{apiVersion: v1, kind: Namespace, metadata: {name: ops}}", injected, ["opened"]), [0]);
  });
  it("is named if a plan turns on injection for a namespace that it does not manage", () => {
    const inputs = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", annotations: { "linkerd.io/inject": "enabled" } },
    };
    const named = (...resources: object[]) => {
      const text = JSON.stringify({ project: "p", stack: "dev", resources });
      const manifests = manifestsOf([{ file: "plan.json", text }], { namespace: "default" });
      assert.ok(manifests !== undefined);
      return evaluate(manifests).unseen.map(({ object }) => object);
    };
    const patch = { type: "kubernetes:core/v1:NamespacePatch", name: "shop", inputs };
    const spec = { template: { metadata: { labels: { app: "api" } }, spec: { containers: [] } } };
    const workload = {
      type: "kubernetes:apps/v1:Deployment",
      name: "api",
      inputs: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "api", namespace: "shop" }, spec },
    };
    assert.deepEqual(named(patch), ["Namespace shop"]);
    assert.deepEqual(named(patch, workload), []);
    assert.deepEqual(named({ ...patch, type: "kubernetes:core/v1:Namespace" }), []);
  });
});

describe("changes of Linkerd's objects whose Servers are elsewhere fail the gate", () => {
  const identities = (list: string) => linkerd("MeshTLSAuthentication", "who", `{identities: [${list}]}`);
  const networks = (cidr: string) => linkerd("NetworkAuthentication", "net", `{networks: [{cidr: ${cidr}}]}`);
  const old = (cidr: string) =>
    linkerd(
      "ServerAuthorization",
      "old",
      `{server: {name: api}, client: {unauthenticated: true, networks: [{cidr: ${cidr}}]}}`,
      "v1beta1",
    );
  const path = (value: string) => route("some", `{matches: [{path: {value: ${value}}}]}`);
  const cases: [kind: string, before: string, after: string][] = [
    ["AuthorizationPolicy", policy("web", account("web")), policy("web", account("job"))],
    ["MeshTLSAuthentication", identities("web.shop.serviceaccount.identity.linkerd.cluster.local"), identities('"*"')],
    ["NetworkAuthentication", networks("10.0.0.0/8"), networks("0.0.0.0/0")],
    ["ServerAuthorization", old("10.0.0.0/8"), old("0.0.0.0/0")],
    ["HTTPRoute", path("/a"), path("/")],
  ];
  for (const [kind, before, after] of cases)
    it(kind, () => {
      assert.deepEqual(bothWays(before, after), [2, 2]);
      assert.deepEqual(bothWays(after, all(after, namespace())), [0, 0]);
    });
  it("a Server for machines outside, none of which is known", () => {
    const outside = (policy: string) =>
      linkerd(
        "Server",
        "vm",
        `{externalWorkloadSelector: {matchLabels: {app: vm}}, port: 80, accessPolicy: ${policy}}`,
        "v1beta3",
      );
    const machine =
      "{apiVersion: workload.linkerd.io/v1beta1, kind: ExternalWorkload, metadata: {name: vm, namespace: shop, labels: {app: vm}}, spec: {meshTLS: {identity: 'spiffe://root/vm', serverName: vm.shop}, workloadIPs: [{ip: 203.0.113.9}], ports: [{port: 80, name: http}]}}";
    assert.deepEqual(bothWays(outside("deny"), outside("all-authenticated")), [2, 2]);
    assert.deepEqual(bothWays(all(machine, outside("deny")), all(machine, outside("all-authenticated"))), [1, 0]);
  });
  it("an authorization for a Server that is missing among known ones admits nobody", () => {
    const text = (...objects: string[]) => shop([server(), ...objects])[0]?.text ?? "";
    assert.deepEqual(bothWays(text(), text(policy("web", account("web"), target("Server", "other")))), [0, 0]);
  });
});
