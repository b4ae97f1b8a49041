import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluated, stack, type stacks } from "./support";

/** The workloads and outside peers that may connect to a port. */
async function callersOf(name: (typeof stacks)[number], to: string, port: number): Promise<string[]> {
  const { reachability } = await evaluated(name);
  return [...reachability.verdicts()]
    .filter((verdict) => verdict.to === to && verdict.port === port && verdict.allowed === true)
    .map(({ from }) => from)
    .filter((from) => from !== "host");
}

/** Peers that the namespace's policy admits on purpose. */
const neighbours = (namespace: string) => [`any other pod of ${namespace}`, `any other meshed pod of ${namespace}`];

test("multi-tenant: only opened edges cross between teams", async () => {
  assert.deepEqual(await callersOf("multi-tenant", "storefront/web", 8080), [
    "ingress-nginx/ingress-nginx-controller",
    ...neighbours("storefront"),
  ]);
  assert.deepEqual(await callersOf("multi-tenant", "orders/api", 8080), ["orders/database", "storefront/web"]);
  assert.deepEqual(await callersOf("multi-tenant", "orders/database", 5432), ["orders/api"]);
  assert.deepEqual(await callersOf("multi-tenant", "payments/vault", 8200), ["payments/api"]);
});

test("multi-tenant: a team's pods are isolated before the namespace has a policy of its own", async () => {
  const { reachability } = await evaluated("multi-tenant");
  const toTheWorld = reachability.verdict({ from: "payments/vault", to: "world", proto: "TCP", port: 443 });
  assert.deepEqual([toTheWorld.allowed, toTheWorld.egress], [false, "denied"]);
});

test("multi-tenant: the stack's output agrees with the command", async () => {
  const { reachability } = (await stack("multi-tenant")).outputs as { reachability: Record<string, string> };
  assert.equal(reachability["orders/api -> payments/api"], "TCP 8443 mTLS");
  assert.equal(reachability["storefront/web -> payments/api"], undefined);
});

test("egress allow-list: pods reach the listed names and blocks, and no other address", async () => {
  const pods = ["shop/client", "shop/podinfo"];
  const from = async (to: string) =>
    (await callersOf("egress-allow-list", to, 443)).filter((caller) => pods.includes(caller));
  for (const to of ["api.payments.example.com", "*.storage.example.com", "203.0.113.0/24"])
    assert.deepEqual(await from(to), pods, to);
  assert.deepEqual(await from("world"), []);
});

test("egress allow-list: DNS goes through Cilium's proxy, which is installed for it", async () => {
  const { scenario, reachability } = await evaluated("egress-allow-list");
  assert.equal(scenario.cluster?.l7Proxy, true);
  const dns = reachability.verdict({ from: "shop/client", to: "kube-system/kube-dns", proto: "UDP", port: 53 });
  assert.deepEqual([dns.allowed, dns.l7 !== undefined], [true, true]);
});

test("progressive rollout: each workload is isolated as far as its stage says", async () => {
  assert.equal((await callersOf("progressive-rollout", "shop/web", 8080)).includes("world"), true, "observed");
  assert.deepEqual(await callersOf("progressive-rollout", "shop/cart", 9090), ["shop/web"], "ingress");
  const senders = await callersOf("progressive-rollout", "world", 443);
  assert.deepEqual([senders.includes("shop/cart"), senders.includes("shop/database")], [true, false], "enforce");
});

test("progressive rollout: the output names what the remaining stages will close", async () => {
  const { stillOpen } = (await stack("progressive-rollout")).outputs as { stillOpen: string[] };
  assert.ok(stillOpen.includes("world -> shop/web"), stillOpen.join(", "));
  assert.ok(stillOpen.includes("shop/cart -> world"), stillOpen.join(", "));
  assert.ok(!stillOpen.some((edge) => edge.endsWith("-> shop/database")), stillOpen.join(", "));
});
