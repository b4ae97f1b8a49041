import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluateBoth } from "../../../lib/manifests/evaluate";
import { diffReachability, edgesOf } from "../../../lib/reachability/diff";

const deployment = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: {
    template: {
      metadata: { labels: { app: name }, annotations: { "linkerd.io/inject": "enabled" } },
      spec: { serviceAccountName: name, containers: [{ name, ports: [{ containerPort: 8080 }] }] },
    },
  },
});
const server = (accessPolicy: string, more: object = {}) => ({
  apiVersion: "policy.linkerd.io/v1beta3",
  kind: "Server",
  metadata: { name: "debug", namespace: "shop" },
  spec: { podSelector: { matchLabels: { app: "web" } }, port: 9999, accessPolicy, ...more },
});
const state = (...items: object[]) =>
  readManifests([{ file: "a.json", text: JSON.stringify({ apiVersion: "v1", kind: "List", items }) }]);

function opened(before: object, after: object): string[] {
  const workloads = [deployment("web"), deployment("client")];
  const sides = evaluateBoth(state(...workloads, before), state(...workloads, after), { namespace: "default" });
  return [...edgesOf(diffReachability(sides.before, sides.after).opened)]
    .filter(({ from, to }) => from === "shop/client" && !to.startsWith("any "))
    .map(({ to, port }) => `${to} ${port}`);
}

test("a port that only a Server names is asked about: what it opens there is told", () => {
  assert.deepEqual(opened(server("deny"), server("all-unauthenticated")), ["shop/web 9999"]);
  assert.deepEqual(opened(server("all-unauthenticated"), server("deny")), []);
});

test("a Server of other pods, or of a port by its name, adds none", () => {
  const others = { podSelector: { matchLabels: { app: "other" } } };
  assert.deepEqual(opened(server("deny", others), server("all-unauthenticated", others)), []);
  const [web] = evaluateBoth(state(deployment("web"), server("deny", { port: "debug" })), state(deployment("web")), {
    namespace: "default",
  }).before.scenario.endpoints;
  assert.deepEqual(
    web?.ports?.map(({ port }) => port),
    [8080],
  );
});
