/**
 * Peers that are not pods, by Cilium's names for them (Cilium 1.20, `pkg/policy/api/entity.go` and the CRD's enum).
 * @enum
 */
export const Entity = {
  /** Everything, including the world. The same as `Peer.everything()`. */
  All: "all",
  /** Every address outside the cluster, IPv4 and IPv6. */
  World: "world",
  /** Every pod of this cluster, its nodes, and its API server. */
  Cluster: "cluster",
  /** The same over all clusters of a Cluster Mesh. */
  ClusterMesh: "cluster-mesh",
  /** The node that the pod runs on, and every pod there with hostNetwork. Not other nodes: see `RemoteNode`. */
  Host: "host",
  /** Every other node, and the pods there with hostNetwork. */
  RemoteNode: "remote-node",
  /** The Kubernetes API server, wherever it runs. A CIDR or `toServices` rule does not match it when it runs on a node. */
  KubeApiServer: "kube-apiserver",
  /** Cilium's own health endpoints. */
  Health: "health",
  /** Pods whose identity is not known yet. */
  Init: "init",
  /** Cilium's Ingress and Gateway API proxy. */
  Ingress: "ingress",
  /** Pods that Cilium does not manage, such as those from before its installation. */
  Unmanaged: "unmanaged",
  /** Nobody. The same as `Peer.nothing()`. */
  None: "none",
} as const;
export type Entity = (typeof Entity)[keyof typeof Entity];
