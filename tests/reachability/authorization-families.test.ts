import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type Scenario } from "../../lib/reachability";
import { TransportMode } from "../../lib/scenario/transport-mode";

const group = "policy.linkerd.io";
const object = (kind: string, spec: object) => ({
  apiVersion: kind === "Server" ? `${group}/v1beta3` : `${group}/v1alpha1`,
  kind,
  metadata: { namespace: "shop", name: "cart" },
  spec,
});

/** What Linkerd says of each client where one NetworkAuthentication admits a block, and nothing else does. */
function admitted(cidr: string, cluster: Scenario["cluster"], more: Partial<Scenario> = {}) {
  const { endpoints = [], ...others } = more;
  const scenario: Scenario = {
    ...(cluster && { cluster }),
    endpoints: [
      {
        id: "shop/cart",
        namespace: "shop",
        labels: { app: "cart" },
        ports: [{ port: 8080 }],
        mesh: { injected: true },
      },
      { id: "shop/plain", namespace: "shop", labels: { app: "plain" } },
      { id: "world", reserved: ["world"] },
      ...endpoints,
    ],
    mesh: {
      transportMode: TransportMode.Transparent,
      authorization: {
        objects: [
          object("Server", { podSelector: {}, port: 8080, accessPolicy: "deny" }),
          object("NetworkAuthentication", { networks: [{ cidr }] }),
          object("AuthorizationPolicy", {
            targetRef: { group, kind: "Server", name: "cart" },
            requiredAuthenticationRefs: [{ group, kind: "NetworkAuthentication", name: "cart" }],
          }),
        ],
      },
    },
    ...others,
  };
  const reachability = compile([], scenario);
  return ["shop/plain", "world"].map(
    (from) => reachability.verdict({ from, to: "shop/cart", proto: "TCP", port: 8080 }).linkerd?.verdict,
  );
}

test("a block of all addresses admits everybody if pods have only that IP family", () => {
  assert.deepEqual(admitted("0.0.0.0/0", { ipv6: false }), ["allowed", "allowed"]);
  assert.deepEqual(admitted("::/0", { ipv6: false }), ["denied", "denied"]);
  assert.deepEqual(admitted("::/0", { ipv4: false, ipv6: true }), ["allowed", "allowed"]);
});

test("leaves the verdict unknown if pods have both IP families, or it is unknown which", () => {
  for (const cluster of [undefined, { ipv6: true }])
    assert.deepEqual(admitted("0.0.0.0/0", cluster), ["unknown", "unknown"]);
  const nodeSettings = [{ description: "CiliumNodeConfig six", nodeSelector: {}, cluster: { ipv6: true } }];
  assert.deepEqual(admitted("0.0.0.0/0", { ipv6: false }, { nodeSettings }), ["unknown", "unknown"]);
  assert.deepEqual(admitted("10.0.0.0/8", { ipv6: false }), ["unknown", "unknown"]);
});

test("with machines outside the cluster, only pods are known to have the cluster's IP family", () => {
  const external = { namespace: "shop", identity: "spiffe://root.linkerd.cluster.local/vm" };
  const machine = { id: "vm", ip: "192.0.2.9", external, mesh: { injected: true } };
  assert.deepEqual(admitted("0.0.0.0/0", { ipv6: false }, { endpoints: [machine] }), ["allowed", "unknown"]);
});
