import { dictionary } from "../../common/maps";
import { CLUSTER_KEY, K8S_SOURCE, RESERVED_SOURCE } from "./labels";
import { type Selector, selector, selectorOf, WILDCARD } from "./selector";

const reserved = (key: string) => selectorOf(RESERVED_SOURCE, key);

/** The entities inside the cluster that are not ordinary pods. `cluster` and `cluster-mesh` include them. */
export const ENTITIES_IN_CLUSTER: readonly string[] = [
  "host",
  "remote-node",
  "init",
  "ingress",
  "health",
  "unmanaged",
  "kube-apiserver",
];

const IN_CLUSTER: readonly Selector[] = [...ENTITIES_IN_CLUSTER, "aggregate-cluster"].map(reserved);

/** `pkg/policy/api/entity.go`. */
const ENTITIES = dictionary<readonly Selector[]>({
  all: [WILDCARD],
  world: [reserved("world"), reserved("world-ipv4"), reserved("world-ipv6"), reserved("aggregate-world")],
  "world-ipv4": [reserved("world-ipv4")],
  "world-ipv6": [reserved("world-ipv6")],
  host: [reserved("host")],
  init: [reserved("init")],
  ingress: [reserved("ingress")],
  "remote-node": [reserved("remote-node"), reserved("aggregate-remote-node")],
  health: [reserved("health")],
  unmanaged: [reserved("unmanaged")],
  none: [reserved("none")],
  "kube-apiserver": [reserved("kube-apiserver")],
  "cluster-mesh": [
    ...IN_CLUSTER,
    reserved("aggregate-cluster-mesh"),
    selector([{ source: "any", key: CLUSTER_KEY, operator: "Exists", values: [] }]),
  ],
});

/** Every entity that a rule may name. */
export const ENTITY_NAMES: readonly string[] = [...Object.keys(ENTITIES), "cluster"];

/** The selectors of an entity; undefined for a name that Cilium refuses. */
export function entitySelectors(entity: string, cluster: string): readonly Selector[] | undefined {
  // Not in the table, because it depends on the cluster's name (`InitEntities`).
  if (entity === "cluster") return [...IN_CLUSTER, selectorOf(K8S_SOURCE, CLUSTER_KEY, cluster)];
  return Object.hasOwn(ENTITIES, entity) ? ENTITIES[entity] : undefined;
}
