import { readFileSync } from "node:fs";
import path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  CiliumLabel,
  ClusterwideNetworkPolicy,
  Endpoints,
  Fence,
  Label,
  meshedEgress,
  meshedIngress,
  NetworkPolicy,
  namespaceInjection,
  Peer,
  Port,
  reachabilityOf,
  TransportMode,
  Workload,
} from "meshfence";

// The cluster already has Cilium, and Linkerd in the mode `transparent`: only then do the ports below mean ports.
const linkerd = { transportMode: TransportMode.Transparent };
const config = new pulumi.Config();
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: config.getSecret("kubeconfig"),
  context: config.require("context"),
});

const teams = ["storefront", "orders", "payments"];

// Labelling a namespace `team` puts it behind this policy. It isolates all pods of the namespace in both directions, except
// from what every meshed pod needs: DNS, Linkerd's control plane, and viz. No one has to remember a policy for a new team.
const baseline = new ClusterwideNetworkPolicy(
  "team-baseline",
  {
    name: "team-baseline",
    description: "Pods of teams are fenced. What opens the fence is a policy of the team's own namespace.",
    endpointSelector: Endpoints.where(Label.exists(`${CiliumLabel.NamespaceLabels}team`)),
    ingress: meshedIngress().map(({ peer, ports }) => ({ from: [peer], ports })),
    egress: meshedEgress().map(({ peer, ports }) => ({ to: [peer], ports })),
  },
  { provider },
);

const namespaces = teams.map((team) => ({
  metadata: { name: team, labels: { team }, annotations: namespaceInjection() },
}));
const inside = namespaces.map(({ metadata }) => {
  const namespace = new kubernetes.core.v1.Namespace(metadata.name, { metadata }, { provider, dependsOn: baseline });
  return new NetworkPolicy(
    `${metadata.name}-inside`,
    {
      name: "inside-the-team",
      namespace: metadata.name,
      endpointSelector: Endpoints.all(),
      ingress: [{ from: [Peer.ownNamespace()] }],
      egress: [{ to: [Peer.ownNamespace()] }],
    },
    { provider, dependsOn: namespace },
  );
});

// What may cross a team's border, one line each. A pull request that adds one shows the edge that it opens.
const web = Workload.app("web", { namespace: "storefront" });
const ordersApi = Workload.app("api", { namespace: "orders" });
const paymentsApi = Workload.app("api", { namespace: "payments" });
const borders = new Fence(
  "borders",
  {
    linkerd,
    edges: [
      { from: Peer.namespace("ingress-nginx"), to: web, ports: [Port.tcp(8080)] },
      { from: web, to: ordersApi, ports: [Port.tcp(8080)] },
      { from: ordersApi, to: paymentsApi, ports: [Port.tcp(8443)] },
    ],
  },
  { provider, dependsOn: inside },
);

// The workloads belong to the teams. `kubectl get deployments --all-namespaces -o json > running.json` lists what runs.
const running = JSON.parse(readFileSync(path.join(__dirname, "running.json"), "utf8"));

export const reachability = reachabilityOf({
  policies: [baseline, ...inside, borders],
  objects: [
    ...running.items,
    ...namespaces.map((namespace) => ({ apiVersion: "v1", kind: "Namespace", ...namespace })),
  ],
  linkerd,
});
