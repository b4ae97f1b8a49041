import fc from "fast-check";
import type { ClusterFacts, EndpointFacts } from "../../lib/scenario/scenario";
import { cases } from "./generator";
import type { Case } from "./oracle";

type Told = Pick<
  ClusterFacts,
  "policyEnforcement" | "policyDefaultLocalCluster" | "labels" | "cidrMatchMode" | "hostFirewall" | "servesGateways"
>;

const told: fc.Arbitrary<Told> = fc.record(
  {
    policyEnforcement: fc.constantFrom<"default" | "always" | "never">(
      "default",
      "default",
      "always",
      "always",
      "never",
    ),
    policyDefaultLocalCluster: fc.boolean(),
    hostFirewall: fc.boolean(),
    servesGateways: fc.boolean(),
    cidrMatchMode: fc.constantFrom<("nodes" | "pods")[]>(["nodes"], ["nodes"], ["pods", "nodes"]),
    labels: fc.constantFrom(
      ["!k8s:app"],
      ["!app\\.kubernetes\\.io"],
      ["k8s:app", "k8s:io.cilium"],
      ["tier", "reserved:.*"],
      ["!any:tier"],
    ),
  },
  { requiredKeys: [] },
);

/** The addresses of the generated nodes and API servers, some of them in blocks that rules name. */
const addresses = fc.constantFrom(undefined, "10.0.0.5", "10.1.2.3", "192.0.2.7", "2001:db8::5", "203.0.113.9");
const onNode = (reserved: readonly string[]) => reserved.includes("host") || reserved.includes("remote-node");

/** Adds addresses: an API server on a node or outside the cluster, and nodes with the labels of their Node objects. */
function addressed(endpoint: EndpointFacts, ip: string | undefined, nodeLabels: Record<string, string>): EndpointFacts {
  const { reserved, hostNetwork } = endpoint;
  if (reserved === undefined || hostNetwork !== undefined) return endpoint;
  if (!(onNode(reserved) || reserved.join() === "kube-apiserver")) return endpoint;
  return { ...endpoint, nodeLabels, ...(ip !== undefined && { ip }) };
}

const labelsOfNodes = fc.constantFrom<Record<string, string>>(
  {},
  { app: "web" },
  { app: "db", tier: "front" },
  { tier: "front", "kubernetes.io/os": "linux" },
  { "app.kubernetes.io/name": "web", "node-role.kubernetes.io/control-plane": "" },
);

/** {@link cases} with non-default settings of the agent, pods of another cluster, and nodes and API servers with known addresses. */
export const settingsCases: fc.Arbitrary<Case> = fc
  .tuple(
    cases,
    told,
    fc.array(fc.constantFrom(undefined, undefined, "west", "default"), { minLength: 5, maxLength: 5 }),
    addresses,
    labelsOfNodes,
  )
  .map(([{ scenario, policies }, settings, clusters, ip, nodeLabels]) => ({
    policies,
    scenario: {
      ...scenario,
      cluster: { ...scenario.cluster, ...settings },
      endpoints: scenario.endpoints.map((endpoint, place) => {
        const cluster = clusters[place];
        if (endpoint.namespace === undefined || endpoint.reserved !== undefined)
          return addressed(endpoint, ip, nodeLabels);
        return cluster === undefined ? endpoint : { ...endpoint, cluster };
      }),
    },
  }));
