import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, Explainer, proposeChange, type Scenario } from "../../../lib/reachability";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { evaluated } from "../../oracle/oracle";
import { pod } from "../meshed-pod";
import { judgeChange } from "./judged";

const endpoints = [pod("cart", { ports: [{ port: 8080 }], inbound: {} }), pod("web"), pod("job")];
const made = (kind: string, name: string, spec: object) => ({
  apiVersion: kind === "Server" ? "policy.linkerd.io/v1beta3" : "policy.linkerd.io/v1beta1",
  kind,
  metadata: { namespace: "shop", name, ...(kind === "Server" && { labels: { app: "cart" } }) },
  spec,
});
const http = made("Server", "http", { podSelector: { matchLabels: { app: "cart" } }, port: 8080 });
const clients = (meshTLS: object, server: object = { name: "http" }, name = "clients") =>
  made("ServerAuthorization", name, { server, client: { meshTLS } });
const identity = (account: string) => `${account}.shop.serviceaccount.identity.linkerd.cluster.local`;
/** Everybody is of the cluster, so that a ServerAuthorization without networks is decided. */
const clusterNetworks = ["0.0.0.0/0", "::/0"];

type Objects = readonly Readonly<Record<string, unknown>>[];

/** What is proposed, held against the engine. */
async function proposed(from: string, objects: Objects, present = endpoints) {
  const scenario: Scenario = {
    endpoints: present,
    mesh: { transportMode: TransportMode.Transparent, authorization: { objects, clusterNetworks } },
  };
  const flow = { from, to: "shop/cart", proto: "TCP", port: 8080 };
  const explainer = new Explainer([], scenario, { locateObject: (index) => ({ file: "mesh.yaml", line: index + 1 }) });
  const outcome = await judgeChange({ scenario, policies: [] } as never, flow, async (asked) => [
    ...compile(evaluated({ policies: asked.policies }), asked.scenario).verdicts(),
  ]);
  const edits = proposeChange(explainer, flow)?.edits.map(({ policy, action, path, values, words }) => ({
    ...{ policy, action, path, values, words },
  }));
  return { outcome, edits, told: explainer.explain(flow) };
}

const path = ["spec", "client", "meshTLS"];

test("removes a ServerAuthorization that admits only the account, however it names it", async () => {
  const account = { name: "web" };
  for (const own of [
    clients({ serviceAccounts: [account] }),
    clients({ identities: [identity("web")] }),
    clients({ serviceAccounts: [{ ...account, namespace: "shop" }], identities: [identity("web")] }),
    clients({ serviceAccounts: [account] }, { selector: { matchLabels: { app: "cart" } } }),
  ]) {
    const { outcome, edits } = await proposed("shop/web", [http, own]);
    assert.equal(outcome, "closed");
    assert.deepEqual(edits, [
      {
        ...{ policy: 1, action: "remove", path: [], values: [] },
        words: "remove ServerAuthorization shop/clients, which admits the account web of shop alone",
      },
    ]);
  }
});

test("takes the account out of every list that names others too, in both kinds of policies", async () => {
  const both = clients({ serviceAccounts: [{ name: "job" }, { name: "web" }], identities: [identity("web"), "*.ops"] });
  const alone = {
    ...made("AuthorizationPolicy", "also", {
      targetRef: { group: "policy.linkerd.io", kind: "Server", name: "http" },
      requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "web" }],
    }),
    apiVersion: "policy.linkerd.io/v1alpha1",
  };
  const { outcome, edits } = await proposed("shop/web", [http, both, alone]);
  assert.equal(outcome, "closed");
  assert.deepEqual(
    edits?.map(({ policy, action, path: at }) => [policy, action, ...at.slice(3)]),
    [
      [1, "replace", "serviceAccounts", 1],
      [1, "replace", "identities", 0],
      [2, "remove"],
    ],
  );
});

test("does not change a ServerAuthorization that admits clients without naming them", async () => {
  const everybody = [
    clients({ identities: ["*"] }),
    clients({ unauthenticatedTLS: true, serviceAccounts: [{ name: "web" }] }),
    made("ServerAuthorization", "clients", { server: { name: "http" }, client: { unauthenticated: true } }),
  ];
  for (const own of everybody) {
    // Even if no other client exists.
    const { outcome, edits } = await proposed("shop/web", [http, own], endpoints.slice(0, 2));
    assert.equal(outcome, "closed");
    assert.deepEqual(
      edits?.map(({ action, words }) => `${action}: ${words}`),
      ["create: a new policy shop/cart-deny-from-web: deny ingress of shop/cart from shop/web"],
    );
  }
});

test("adds the account to a ServerAuthorization that lists accounts, and to no other", async () => {
  const { outcome, edits, told } = await proposed("shop/job", [http, clients({ serviceAccounts: [{ name: "web" }] })]);
  assert.equal(outcome, "opened");
  assert.deepEqual(edits, [
    {
      ...{ policy: 1, action: "add", path: [...path, "serviceAccounts"], values: [{ name: "job", namespace: "shop" }] },
      words: "add the account job of shop, which shop/job runs as, to ServerAuthorization shop/clients",
    },
  ]);
  const { nearest } = told.linkerd ?? {};
  assert.deepEqual(
    [nearest?.name, nearest?.words],
    ["clients", "it admits the account web of shop, but shop/job runs as the account job of shop"],
  );
  const selected = clients({ identities: [identity("web")] }, { selector: {} });
  const added = await proposed("shop/job", [http, selected]);
  assert.deepEqual([added.outcome, added.edits?.[0]?.path], ["opened", [...path, "serviceAccounts"]]);
  const elsewhere = await proposed("shop/job", [
    http,
    clients({ serviceAccounts: [{ name: "job" }] }, { name: "htpp" }),
  ]);
  assert.match(
    elsewhere.told.linkerd?.nearest?.words ?? "",
    /^it applies to Server htpp, which does not exist; this port belongs to Server http$/,
  );
  assert.deepEqual(
    elsewhere.edits?.map(({ action }) => action),
    ["create"],
  );
});

test("a ServerAuthorization that Linkerd ignores is the nearest miss, with the reason", async () => {
  const nobody = made("ServerAuthorization", "clients", {
    server: { name: "http" },
    client: { meshTLS: { identities: [] } },
  });
  const { told } = await proposed("shop/job", [http, nobody]);
  assert.match(told.linkerd?.nearest?.words ?? "", /^Linkerd ignores it as a whole: its client has no condition$/);
});
