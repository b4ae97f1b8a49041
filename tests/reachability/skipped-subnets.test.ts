import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../lib/input/manifests/read";
import { evaluate } from "../../lib/manifests/evaluate";

const pod = (name: string, annotations: string, more = "") => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}, annotations: {${annotations}}}
spec: {serviceAccountName: ${name}, containers: [{name: c, ports: [{containerPort: 80}]}]${more}}
`;
const server = (policy = "deny") => `---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: s, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, port: 80, accessPolicy: ${policy}}
`;
const block = `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromCIDR: [172.17.0.0/16, 192.0.2.0/24]}, {fromEntities: [cluster]}]}
`;
const chart = `---
{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r, namespace: linkerd}, spec: {chart: {spec: {chart: linkerd-control-plane}}, values: {proxyInit: {skipSubnets: 172.17.0.0/16}}}}
`;
const meshed = "linkerd.io/inject: enabled";
const skipping = `${meshed}, config.linkerd.io/skip-subnets: "172.17.0.0/16"`;
const others = pod("web", meshed) + pod("plain", "");

function verdict(texts: readonly string[], from: string) {
  const manifests = readManifests([{ file: "all.yaml", text: [others, block, ...texts].join("") }]);
  const { reachability } = evaluate(manifests);
  const { allowed, linkerd } = reachability.verdict({ from, to: "shop/db", proto: "TCP", port: 80 });
  return { state: linkerd?.verdict, allowed, reason: linkerd?.reason, problems: manifests.problems };
}

test("traffic from a skipped subnet bypasses the proxy, and the verdict is unknown for a pod with an unknown address", () => {
  const db = [pod("db", skipping), server()];
  assert.deepEqual(verdict(db, "172.17.0.0/16").allowed, true);
  assert.deepEqual(verdict(db, "172.17.0.0/16").state, undefined);
  assert.deepEqual(verdict(db, "192.0.2.0/24").state, "denied");
  const plain = verdict(db, "shop/plain");
  assert.equal(plain.state, "unknown");
  assert.match(
    plain.reason ?? "",
    /^the client's address: traffic from 172\.17\.0\.0\/16 bypasses the proxy of shop\/db/,
  );
  assert.equal(verdict(db, "shop/web").state, "denied", "proxies dial the proxy");
  assert.equal(verdict([pod("db", meshed), server()], "shop/plain").state, "denied");
  assert.equal(verdict([pod("db", skipping), server("all-unauthenticated")], "shop/plain").allowed, true);
});

test("the chart's list applies to pods without their own, and a running pod keeps the one that it was created with", () => {
  assert.equal(verdict([pod("db", meshed), server(), chart], "shop/plain").state, "unknown");
  const own = pod("db", `${meshed}, config.linkerd.io/skip-subnets: "10.9.0.0/16"`);
  assert.equal(verdict([own, server(), chart], "172.17.0.0/16").state, "denied");
  const init =
    ", initContainers: [{name: linkerd-init, args: [--subnets-to-ignore, 172.17.0.0/16]}, {name: linkerd-proxy}]";
  assert.equal(verdict([pod("db", meshed, init), server()], "172.17.0.0/16").allowed, true);
  const { problems } = verdict(
    [pod("db", `${meshed}, config.linkerd.io/skip-subnets: "172.17"`), server()],
    "shop/plain",
  );
  assert.match(problems[0]?.message ?? "", /"172\.17" is not an address block/);
});
