import type { PodFacts, Scenario } from "../../lib/scenario/scenario";
import { TransportMode } from "../../lib/scenario/transport-mode";

const meshed = { injected: true };
const pod = (name: string, port: number, portName: string, more: Partial<PodFacts> = {}): PodFacts => ({
  id: name,
  namespace: "demo",
  labels: { app: name },
  ports: [{ name: portName, port, protocol: "TCP" }],
  ...more,
});

/** A client and podinfo, both meshed; an old pod without a proxy; a database in another namespace; and an agent in its node's network. */
export function scenario(transportMode: TransportMode = TransportMode.Transparent): Scenario {
  return {
    namespaces: [{ name: "demo" }, { name: "shop" }, { name: "kube-system" }],
    services: [
      { name: "podinfo", namespace: "demo", selector: { app: "podinfo" }, ports: [{ port: 80, targetPort: 9898 }] },
      {
        name: "old",
        namespace: "demo",
        selector: { app: "old" },
        ports: [
          { port: 8081, targetPort: "http" },
          { port: 7000, targetPort: 7000 },
        ],
      },
      { name: "outside", namespace: "shop" },
      { name: "db", namespace: "shop", selector: { app: "db" }, ports: [{ port: 5432 }] },
    ],
    endpoints: [
      pod("client", 9999, "metrics", { mesh: meshed }),
      pod("podinfo", 9898, "http", {
        mesh: meshed,
        ports: [
          { name: "http", port: 9898 },
          { name: "http-metrics", port: 9797 },
        ],
      }),
      pod("old", 8080, "http", {
        ports: [
          { name: "http", port: 8080 },
          { name: "admin", port: 8081 },
        ],
      }),
      pod("db", 5432, "pg", { namespace: "shop" }),
      {
        id: "dns",
        namespace: "kube-system",
        labels: { "k8s-app": "kube-dns" },
        ports: [{ port: 53, protocol: "UDP" }],
      },
      {
        id: "agent",
        namespace: "demo",
        reserved: ["remote-node"],
        hostNetwork: { labels: { app: "agent", tier: "node" } },
      },
      pod("backup", 9100, "metrics", {
        namespace: "cert-manager",
        mesh: { injected: false, injectionSkipped: "the namespace cert-manager" },
      }),
      { id: "world", ip: "1.1.1.1" },
      { id: "host", reserved: ["host"] },
    ],
    mesh: { transportMode },
  };
}
