import { readFileSync } from "node:fs";
import path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cilium, Fence, Injection, Linkerd, namespaceInjection, Peer, Port, reachabilityOf, Workload } from "meshfence";

const config = new pulumi.Config();

// Name the context, so that nothing here changes whichever cluster happens to be the current one.
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: config.getSecret("kubeconfig"),
  context: config.require("context"),
});

// Leave Cilium out if the cluster came with it.
const cilium = config.getBoolean("installCilium") ? [new Cilium("cilium", {}, { provider })] : [];
const linkerd = new Linkerd("linkerd", { networkReady: cilium[0]?.ready }, { provider });

// Two Deployments that already run. Customers call the shop, the shop calls its database, and that is all.
const namespace = "shop";
const shop = Workload.app("shop", { namespace });
const database = Workload.app("database", { namespace });

const fence = new Fence(
  "shop",
  {
    linkerd,
    edges: [
      { from: Peer.namespace("ingress-nginx"), to: shop, ports: [Port.tcp(8080)] },
      { from: shop, to: database, ports: [Port.tcp(5432)] },
    ],
  },
  { provider, dependsOn: cilium },
);

// They join the mesh behind their fence, which restarts them.
new Injection(
  "shop",
  { namespace, deployments: [shop.name, database.name], podAnnotations: linkerd.podAnnotations },
  { provider, dependsOn: [linkerd, fence] },
);

// Shows in every preview who can then talk to whom. The Deployments are not in this program:
// `kubectl get deployments --all-namespaces -o json > running.json` describes them.
const running = JSON.parse(readFileSync(path.join(__dirname, "running.json"), "utf8"));
const meshed = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace, annotations: namespaceInjection() },
};

export const reachability = reachabilityOf({
  policies: [fence],
  objects: [...running.items, meshed],
  linkerd,
});
export const { policyNames } = fence;
export const { trustAnchorsExpire } = linkerd;
