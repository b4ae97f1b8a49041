import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cilium, Endpoints, Fence, Injection, Linkerd, Peer, Port, reachabilityOf, type Workload } from "meshfence";

const config = new pulumi.Config();

// The context has to be named: nothing here may change whichever cluster happens to be the current one.
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: config.getSecret("kubeconfig"),
  context: config.require("context"),
});

// Leave Cilium out where the cluster came with it.
const cilium = config.getBoolean("installCilium") ? [new Cilium("cilium", {}, { provider })] : [];
const linkerd = new Linkerd("linkerd", { networkReady: cilium[0]?.ready }, { provider });

// Two Deployments of yours that run already. Customers call the shop, the shop calls its database, and that is all.
const namespace = "shop";
const shop: Workload = { name: "shop", namespace, endpoints: Endpoints.labels({ app: "shop" }) };
const database: Workload = { name: "database", namespace, endpoints: Endpoints.labels({ app: "database" }) };

const fence = new Fence(
  "shop",
  {
    edges: [
      { fromPeer: Peer.namespace("ingress-nginx"), to: shop, ports: [Port.tcp(8080)] },
      { from: shop, to: database, ports: [Port.tcp(5432)] },
    ],
  },
  { provider, dependsOn: cilium },
);

// They join the mesh behind their fence, and are restarted for it.
new Injection(
  "shop",
  { namespace, deployments: [shop.name, database.name], podAnnotations: linkerd.podAnnotations },
  { provider, dependsOn: [linkerd, fence] },
);

// Who can then talk to whom, in every preview. The Deployments are not this program's, so it says what counts of them.
const running = (name: string, containerPort: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace },
  spec: {
    template: {
      metadata: { labels: { app: name }, annotations: linkerd.podAnnotations },
      spec: { containers: [{ name, ports: [{ containerPort }] }] },
    },
  },
});
const ingressController = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
  spec: { template: { metadata: { labels: { "app.kubernetes.io/name": "ingress-nginx" } }, spec: {} } },
};

export const reachability = reachabilityOf({
  policies: [fence],
  objects: [running(shop.name, 8080), running(database.name, 5432), ingressController],
  transportMode: linkerd.transportMode,
});
export const { policyNames } = fence;
export const { trustAnchorsExpire } = linkerd;
