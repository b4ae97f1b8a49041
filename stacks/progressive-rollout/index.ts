import { readFileSync } from "node:fs";
import path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  allow,
  type DefaultDeny,
  Endpoints,
  NetworkPolicy,
  networkPolicy,
  Peer,
  Port,
  reachabilityOf,
  TransportMode,
  type Workload,
} from "meshfence";

// The namespace runs, meshed, on a cluster with Cilium and Linkerd in the mode `transparent`.
const config = new pulumi.Config();
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: config.getSecret("kubeconfig"),
  context: config.require("context"),
});

const workload = (name: string): Workload => ({ name, namespace: "shop", endpoints: Endpoints.labels({ app: name }) });
const [web, cart, database] = [workload("web"), workload("cart"), workload("database")];

// Where this is to end.
const target = allow(
  [
    { from: Peer.namespace("ingress-nginx"), to: web, ports: [Port.tcp(8080)] },
    { from: web, to: cart, ports: [Port.tcp(9090)] },
    { from: cart, to: database, ports: [Port.tcp(5432)] },
    // A workload that calls nobody else still needs DNS and the control plane: an edge to no peer says that it is fenced.
    { from: database, to: Peer.nothing(), ports: [Port.all()] },
  ],
  { transportMode: TransportMode.Transparent },
);

// A policy that does not turn default deny on allows what is allowed anyway: it is in place, and cuts nothing.
const stages: { [stage: string]: DefaultDeny } = {
  observe: { ingress: false, egress: false },
  ingress: { ingress: true, egress: false },
  enforce: { ingress: true, egress: true },
};
const stageOf = config.requireObject<{ [workload: string]: string }>("stages");
const unknown = Object.entries(stageOf).filter(
  ([name, stage]) => stages[stage] === undefined || ![web, cart, database].some((known) => known.name === name),
);
if (unknown.length > 0) throw new pulumi.RunError(`stages: ${JSON.stringify(unknown)} is no workload with a stage`);

const policies = target.map((spec) => {
  const name = spec.name.replace(/-(?:ingress|egress)$/, "");
  const { ingress, egress } = stages[stageOf[name] ?? "observe"] ?? {};
  const enableDefaultDeny = spec.ingress ? { ingress } : { egress };
  return new NetworkPolicy(spec.name, { ...spec, enableDefaultDeny }, { provider });
});

// `kubectl get namespaces,deployments --all-namespaces -o json > running.json`
const running = JSON.parse(readFileSync(path.join(__dirname, "running.json"), "utf8"));
const reachable = (by: Parameters<typeof reachabilityOf>[0]["policies"]) =>
  reachabilityOf({ policies: by, objects: running.items, transportMode: TransportMode.Transparent });

export const reachability = reachable(policies);
/** What the stages still to come will close: read it before the next one, and look whether anybody uses it. */
export const stillOpen = pulumi
  .all([reachability, reachable(target.map(networkPolicy))])
  .apply(([now, then]) => Object.keys(now).filter((edge) => now[edge] !== then[edge]));
