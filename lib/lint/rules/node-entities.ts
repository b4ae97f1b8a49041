import { type LintContext, type PlacedItem, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";

/** Ports of the API server: kubeadm's and kind's own, and that of the Service `kubernetes`. */
const apiServerPorts: ReadonlySet<string> = new Set(["6443", "443"]);

/** Entities that include the nodes which a pod does not run on. */
const everyNode: ReadonlySet<string> = new Set(["remote-node", "cluster", "cluster-mesh", "all"]);

export const nodeEntities: LintRule = {
  id: "node-entities",
  severity: Severity.Warning,
  scope: "policy",
  title: "host, remote-node and kube-apiserver are three different things",
  why:
    "`host` is the node that the pod runs on, `remote-node` is every other node, and `kube-apiserver` is the API server, wherever it runs. A pod's own " +
    "node may always connect to it (kubelet's probes) unless a rule explicitly denies `host`; other nodes may not. toServices never matches an API server " +
    "that runs on a node (Cilium's documentation, layer 3 policies).",
  fix: "For the API server, use the entity `kube-apiserver`. For probes, write nothing. For every node, use `host` and `remote-node` together.",
  *check(context) {
    for (const item of context.items) {
      yield* deniedProbes(item);
      yield* allowedAnyway(context, item);
      yield* apiServerByHost(item);
      yield* apiServerByService(item);
    }
  },
};

function* deniedProbes(item: PlacedItem): Iterable<Observation> {
  const entity = item.entities?.find((name) => name === "host" || name === "cluster" || name === "all");
  if (item.direction !== "ingress" || !item.deny || entity === undefined) return;
  // Probes use TCP: a rule that denies only some ports, or ICMP, may leave them alone.
  if (item.toPorts?.length || item.icmps?.length) return;
  yield {
    policy: item.of.policy,
    path: peerPath(item, "entities"),
    // A rule that denies everybody may well mean it.
    severity: entity === "host" ? Severity.Error : Severity.Warning,
    data: { entity },
    message: `denying ${entity} denies the pod's own node as well, so kubelet's probes over the network fail`,
    fix: "Do not deny the node; to keep out the rest of the cluster, rely on default deny instead.",
  };
}

function* allowedAnyway(context: LintContext, item: PlacedItem): Iterable<Observation> {
  const index = item.entities?.indexOf("host") ?? -1;
  if (item.direction !== "ingress" || item.deny || index < 0) return;
  const beside = context.itemsOf(item.of).filter(({ direction, deny }) => direction === "ingress" && !deny);
  if (beside.some(({ entities }) => entities?.some((entity) => everyNode.has(entity)))) return;
  yield {
    policy: item.of.policy,
    path: [...peerPath(item, "entities"), index],
    severity: Severity.Info,
    data: {},
    message: "a pod's own node may connect without a rule; other nodes are `remote-node`, which this does not allow",
    fix: "Leave it out, or add `remote-node` if you mean every node.",
  };
}

function* apiServerByHost(item: PlacedItem): Iterable<Observation> {
  if (item.direction !== "egress" || item.deny || item.entities?.includes("kube-apiserver")) return;
  const index = (item.entities ?? []).findIndex((name) => name === "host" || name === "remote-node");
  const ports = (item.toPorts ?? []).flatMap(({ ports }) => ports ?? []);
  const onlyApiServer = ports.length > 0 && ports.every(({ port }) => apiServerPorts.has(port ?? ""));
  if (index < 0 || !onlyApiServer || item.entities?.includes("all") || item.entities?.includes("cluster")) return;
  yield {
    policy: item.of.policy,
    path: [...peerPath(item, "entities"), index],
    data: { entity: item.entities?.[index], ports: ports.map(({ port = "" }) => port) },
    message: `these ports are the API server's, which is \`${item.entities?.[index]}\` only on some clusters and for some pods`,
    fix: "Use the entity `kube-apiserver`.",
  };
}

function* apiServerByService(item: PlacedItem): Iterable<Observation> {
  for (const [index, { k8sService }] of (item.services ?? []).entries()) {
    if (k8sService?.serviceName !== "kubernetes" || (k8sService.namespace ?? "default") !== "default") continue;
    yield {
      policy: item.of.policy,
      path: [...peerPath(item, "services"), index],
      severity: Severity.Error,
      data: {},
      message: "the Service `kubernetes` leads to the API server on a node, which toServices never matches",
      fix: "Use the entity `kube-apiserver`.",
    };
  }
}
