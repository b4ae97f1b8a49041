import { readFileSync } from "node:fs";
import path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type Edge,
  type Enforcement,
  Fence,
  fenceAuthorizations,
  fenceManifests,
  Peer,
  Port,
  reachabilityOf,
  TransportMode,
  Workload,
} from "meshfence";

// The namespace already runs, meshed, on a cluster with Cilium, and Linkerd in the mode `transparent`.
const config = new pulumi.Config();
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: config.getSecret("kubeconfig"),
  context: config.require("context"),
});

// For a direction that is not enforced, both fences are in place and block nothing: Cilium's policies have no default deny, Linkerd's Servers have
// accessPolicy "audit". `meshfence rollout` uses recorded traffic to say when a step is safe.
const stages: { [stage: string]: Enforcement } = {
  observe: { ingress: false, egress: false },
  ingress: { ingress: true, egress: false },
  enforce: { ingress: true, egress: true },
};
const names = ["web", "cart", "database"] as const;
const stageOf = config.requireObject<{ [workload: string]: string }>("stages");
const unknown = Object.entries(stageOf).filter(
  ([name, stage]) => stages[stage] === undefined || !names.some((known) => known === name),
);
if (unknown.length > 0) throw new pulumi.RunError(`stages: ${JSON.stringify(unknown)} is no workload with a stage`);

const edges = (enforcementOf: (name: string) => Enforcement | undefined): Edge[] => {
  const [web, cart, database] = names.map((name) =>
    Workload.app(name, {
      namespace: "shop",
      // Linkerd identifies a client by its account, so each has its own.
      serviceAccount: name,
      // Their probes are commands, which no fence affects.
      probes: [],
      enforce: enforcementOf(name),
    }),
  ) as [Workload, Workload, Workload];
  return [
    { from: Peer.namespace("ingress-nginx"), to: web, ports: [Port.tcp(8080)] },
    { from: web, to: cart, ports: [Port.tcp(9090)], calls: [{ service: "shop.v1.Cart" }] },
    { from: cart, to: database, ports: [Port.tcp(5432)] },
    // A workload that calls nobody else still needs DNS and the control plane: an edge to no peer fences it.
    { from: database, to: Peer.nothing(), ports: [Port.all()] },
  ];
};

const transportMode = TransportMode.Transparent;
const enforce = "both";
const fence = new Fence(
  "shop",
  { transportMode, enforce, edges: edges((name) => stages[stageOf[name] ?? "observe"]) },
  { provider },
);
// The goal.
const end = { transportMode, enforce, edges: edges(() => undefined) } as const;
const target = [...fenceManifests(end), ...fenceAuthorizations(end)];

// `kubectl get namespaces,deployments --all-namespaces -o json > running.json`
const running = JSON.parse(readFileSync(path.join(__dirname, "running.json"), "utf8"));
const reachable = (by: Parameters<typeof reachabilityOf>[0]["policies"]) =>
  reachabilityOf({ policies: by, objects: running.items, transportMode });

export const reachability = reachable([fence]);
/** What the remaining stages will close: before the next one, check whether anybody uses it. */
export const stillOpen = pulumi
  .all([reachability, reachable(target)])
  .apply(([now, then]) => Object.keys(now).filter((edge) => now[edge] !== then[edge]));
