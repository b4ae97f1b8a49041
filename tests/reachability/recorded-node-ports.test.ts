import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { THROUGH_A_CONTROL_PLANE_NODE, THROUGH_A_NODE } from "../../lib/input/scenario/through-nodes";
import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { evaluate } from "../../lib/manifests/evaluate";

// Compares what a client outside a live cluster got through NodePorts (Cilium 1.20.2, Kubernetes 1.34.4, a control-plane node and a worker) with the
// verdicts about the manifests.

/** By the node of the pod; by another node; by one that runs the API server. */
const WAYS = ["own node", "another node", "a control-plane node"] as const;
type Way = (typeof WAYS)[number];

interface Recorded {
  /** The client's address. */
  client: string;
  /** The policy of each server, by the server's name. None: it has none. */
  ingress: Record<string, Record<string, unknown> | null>;
  runs: {
    /** Of the agents' ConfigMap. */
    config: Record<string, string>;
    protocols: Record<
      "TCP" | "UDP",
      {
        /** The labels of the identity that Hubble saw at the pod. */
        identities: Record<Way, string>;
        /** The servers that answered by a Service with `externalTrafficPolicy: Cluster`. */
        answered: Record<Way, string[]>;
        /** Those that answered by one with `Local` at their own node. At another node none ever did. */
        answeredLocal: string[];
      }
    >;
  }[];
}

const recorded = JSON.parse(readFileSync(path.join(__dirname, "recordings", "node-ports.json"), "utf8")) as Recorded;
const servers = Object.keys(recorded.ingress);
const block = `${recorded.client}/32`;

function objectsOf(config: Record<string, string>): object[] {
  const metadata = (name: string, namespace = "np") => ({ name, namespace });
  const ports = ["TCP", "UDP"].map((protocol) => ({
    name: protocol.toLowerCase(),
    port: 80,
    targetPort: 8080,
    protocol,
  }));
  const containers = [
    { name: "echo", image: "echo", ports: ports.map(({ protocol }) => ({ containerPort: 8080, protocol })) },
  ];
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadata("cilium-config", "kube-system"), data: config },
    ...Object.entries(recorded.ingress).flatMap(([app, spec]) => [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: metadata(app),
        spec: { selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: { containers } } },
      },
      ...["Cluster", "Local"].map((externalTrafficPolicy) => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: metadata(`${app}-${externalTrafficPolicy.toLowerCase()}`),
        spec: { type: "NodePort", externalTrafficPolicy, selector: { app }, ports },
      })),
      ...(spec === null
        ? []
        : [
            {
              apiVersion: "cilium.io/v2",
              kind: "CiliumNetworkPolicy",
              metadata: metadata(app),
              spec: { endpointSelector: { matchLabels: { app } }, ...spec },
            },
          ]),
    ]),
  ];
}

function evaluated(config: Record<string, string>) {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objectsOf(config) });
  const manifests = manifestsOf([{ file: "recorded.json", text }], { namespace: "default" });
  assert.deepEqual(manifests.problems, []);
  return evaluate(manifests);
}

for (const { config, protocols } of recorded.runs)
  describe(`a client that comes by a NodePort: ${JSON.stringify(config)}`, () => {
    const state = evaluated(config);
    const { lintFacts, reachability } = state;
    const replacedAt = (app: string, proto: string) =>
      lintFacts.replacedAddresses?.find((led) => led.to === `np/${app}` && led.proto === proto && led.port === 8080);
    for (const [proto, { identities, answered, answeredLocal }] of Object.entries(protocols)) {
      it(`${proto}: comes in the predicted identity`, () => {
        const itself = `cidr:${block} reserved:world`;
        for (const app of servers) {
          const { as, atOwnNode } = replacedAt(app, proto) ?? {};
          assert.equal(identities["own node"], atOwnNode ? "reserved:world" : itself);
          const node = as === undefined ? itself : `reserved:${as}`;
          assert.equal(identities["another node"], node);
          const isNode = as === "remote-node";
          assert.equal(identities["a control-plane node"], isNode ? `reserved:kube-apiserver ${node}` : node);
        }
      });
      it(`${proto}: gets the predicted verdict`, () => {
        const allowed = (as: string) =>
          servers.filter((app) => reachability.verdict({ from: as, to: `np/${app}`, proto, port: 8080 }).allowed);
        const { as, atOwnNode } = replacedAt("world", proto) ?? {};
        const node = (id: string) => (as === undefined ? block : as === "world" ? "world" : id);
        const comesAs: Record<Way, string> = {
          "own node": atOwnNode ? "world" : block,
          "another node": node(THROUGH_A_NODE),
          "a control-plane node": node(THROUGH_A_CONTROL_PLANE_NODE),
        };
        for (const way of WAYS) assert.deepEqual(allowed(comesAs[way]), answered[way], `${way}, as ${comesAs[way]}`);
        assert.deepEqual(allowed(block), answeredLocal);
      });
    }
    it("a block gets the predicted verdict through each node", () => {
      const ids = new Set(state.scenario.endpoints.map(({ id }) => id));
      const comesAs: Record<Way, string> = {
        "own node": `${block} through the pod's own node`,
        "another node": `${block} through a node`,
        "a control-plane node": `${block} through a control-plane node`,
      };
      const isReplaced = (lintFacts.replacedAddresses ?? []).length > 0;
      assert.equal(ids.has(comesAs["another node"]), isReplaced);
      assert.equal(ids.has(comesAs["own node"]), isReplaced && config["kube-proxy-replacement"] === "false");
      for (const [proto, { answered }] of Object.entries(protocols))
        for (const way of WAYS) {
          const as = ids.has(comesAs[way]) ? comesAs[way] : block;
          const allowed = servers.filter(
            (app) => reachability.verdict({ from: as, to: `np/${app}`, proto, port: 8080 }).allowed,
          );
          assert.deepEqual(allowed, answered[way], `${proto}, ${way}, as ${as}`);
        }
    });
    it("lint finds exactly the blocks that a node's address replaces", () => {
      const found = lintManifests(state, anyProject).findings.filter(({ rule }) => rule === "replaced-address");
      const wrong = servers.filter(
        (app) =>
          app.includes("cidr") &&
          Object.values(protocols).some(({ answered, answeredLocal }) =>
            WAYS.some((way) => answered[way].includes(app) !== answeredLocal.includes(app)),
          ),
      );
      assert.deepEqual(
        found.map(({ object }) => object).sort(),
        wrong.map((app) => `CiliumNetworkPolicy np/${app}`).sort(),
      );
    });
  });
