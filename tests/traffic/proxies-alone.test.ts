import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TransportMode } from "../../lib/scenario/transport-mode";
import type { Learned } from "../../lib/traffic/learn/learned";
import { replay } from "../../lib/traffic/replay/replay";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { judge } from "./generated";
import { recordings, trafficOf } from "./lines";

const ofProxies = (mode: string) => ["--traffic", path.join(recordings, mode, "prometheus.json.gz")];
const workloads = path.join(recordings, "workloads.yaml");

for (const recorded of ["transparent", "transport-header"])
  for (const meant of ["transparent", "transport-header"])
    test(`${recorded}, proxies alone, learned for ${meant}: the learned policies refuse none of it`, async () => {
      const args = ["learn", workloads, ...ofProxies(recorded), "--transport-mode", meant, "--format", "json"];
      const { stdout, stderr, status } = await meshfenceShared(args);
      const { proof, authorizations, without }: Learned = JSON.parse(stdout);
      assert.deepEqual([status, proof.denied, proof.edges > 5], [0, [], true], stderr);
      const ports = authorizations
        .flatMap(({ objects }) => objects as { kind: string; metadata: { name: string } }[])
        .filter(({ kind }) => kind === "Server")
        .map(({ metadata }) => metadata.name);
      // Its proxy counted clients without a proxy on 9898, which a Server would refuse.
      assert.ok(!ports.includes("cart-9898"), ports.join());
      if (meant === "transport-header") {
        assert.ok(ports.includes("cart-9999"), ports.join());
        assert.ok(
          without.some(
            ({ id, why }) => id === "shop/cart" && /9898, because clients without a proxy call it/.test(why),
          ),
        );
      }
    });

test("without labels from manifests, nothing is learned from proxies alone, and that is an error", async () => {
  for (const format of ["yaml", "markdown", "typescript"]) {
    const { status, stdout, stderr } = await meshfenceShared(
      ["learn", ...ofProxies("transport-header"), "--format", format],
      { cwd: temporaryDirectory() },
    );
    assert.deepEqual([status, /no policy can be written for any of \d+ edges that passed/.test(stderr)], [2, true]);
    assert.match(stdout, /Nothing is learned/);
    assert.doesNotMatch(stdout, /are allowed|has to be added/);
  }
});

test("rollout: where the manifests' mode hides ports, proxies alone suffice to report missing Servers", async () => {
  const ofMode = async (mode: string) => {
    const args = ["rollout", workloads, ...ofProxies("transport-header"), "--transport-mode", mode, "--format", "json"];
    const { stdout } = await meshfenceShared(args);
    const { workloads: all }: { workloads: { workload: string; steps: { half: string; hidesPorts?: boolean }[] }[] } =
      JSON.parse(stdout);
    const steps = all.find(({ workload }) => workload === "shop/cart")?.steps ?? [];
    return steps.find(({ half }) => half === "linkerd")?.hidesPorts ?? false;
  };
  assert.deepEqual([await ofMode("transport-header"), await ofMode("transparent")], [true, false]);
});

test("a client of an opaque port is seen on 4143 only, so the port on the wire is that of the judged state", async () => {
  const manifests = readFileSync(workloads, "utf8");
  const server = `
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: redis, namespace: shop}
spec: {podSelector: {matchLabels: {app.kubernetes.io/name: redis}}, port: 6379, proxyProtocol: opaque, accessPolicy: deny}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: redis, namespace: shop}
spec: {identityRefs: [{kind: ServiceAccount, name: frontend}]}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: redis, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: redis}
  requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: redis}]
`;
  const account = "frontend.shop.serviceaccount.identity.linkerd.cluster.local";
  const metrics = `inbound_tcp_authz_allow_total{target_ip="10.0.0.9",target_port="6379",tls="true",client_id="${account}"} 3`;
  const traffic = await trafficOf({ "shop_redis-7cd4fc9f79-d69kr.txt": metrics });
  for (const transportMode of [TransportMode.TransportHeader, TransportMode.Transparent]) {
    const { denied, unknown, allowed } = replay(traffic, { ...judge(manifests + server), transportMode });
    assert.deepEqual([denied, unknown, allowed.length], [[], [], 1]);
  }
});
