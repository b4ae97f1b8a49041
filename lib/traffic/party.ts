/**
 * One end of recorded traffic: the pods of a workload, an address or a block of addresses, or an identity that Cilium reserves (`host`,
 * `remote-node`). Its names come from the recording and may contain anything.
 */
export interface Party {
  /** As `reach` names it: `shop/cart`, `host`, `192.0.2.10`. An address keeps its number even where a DNS name is known. */
  id: string;
  readonly kind: "workload" | "address" | "reserved" | "gone" | "account" | "without proxy";
  /** Namespace of a workload or an account. */
  readonly namespace?: string;
  /** Name of a workload or an account, without the namespace. */
  readonly name?: string;
  /** Kind of a workload's controller, such as `Deployment` or `CronJob`, if the agent knew it. */
  controller?: string;
  /** Labels of a workload's pods that Cilium keeps, as last seen. */
  labels?: Readonly<Record<string, string>>;
  /** Labels of a workload's namespace. */
  namespaceLabels?: Readonly<Record<string, string>>;
  /** Service account of a workload. */
  serviceAccount?: string;
  /** Cluster of a workload: Cilium's `cluster.name`. */
  cluster?: string;
  /** Named ports of a workload's containers. */
  namedPorts?: readonly { name: string; protocol: string; port: number }[];
  /** The address; for a block, one of its addresses. */
  readonly ip?: string;
  /** The last known address of one of a workload's pods. */
  lastIp?: string;
  /** DNS names that resolved to an address. */
  names?: Set<string>;
  /** The name to show instead of the id and the DNS names. Default: none. */
  readonly alias?: string;
  /** Labels of a reserved identity, without `reserved:`. */
  readonly reserved?: readonly string[];
}

/** A pod's end of a flow as Hubble writes it (`flow.Endpoint` of Cilium's `api/v1/flow/flow.proto`). */
export interface HubbleEndpoint {
  identity?: number;
  cluster_name?: string;
  namespace?: string;
  labels?: string[];
  pod_name?: string;
  workloads?: { name?: string; kind?: string }[];
}

const NAMESPACE = "io.kubernetes.pod.namespace";
const NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels.";
const ACCOUNT = "io.cilium.k8s.policy.serviceaccount";
const CLUSTER = "io.cilium.k8s.policy.cluster";
/** Labels of a single run. With them, each run of a CronJob would be another workload. */
const OF_ONE_RUN = new Set([
  "job-name",
  "batch.kubernetes.io/job-name",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
]);

/** All parties of the recording, each once. The traffic of a pod counts for its workload. */
export class Parties {
  private readonly byId = new Map<string, Party>();
  private addresses = 0;

  /** @param maxAddresses How many addresses are kept apart. Further ones are merged by their block. */
  constructor(private readonly maxAddresses = 10_000) {}

  *[Symbol.iterator](): Generator<Party> {
    yield* this.byId.values();
  }

  get(id: string): Party | undefined {
    return this.byId.get(id);
  }

  /** The party of a pod or a reserved identity; undefined if the event does not identify one. */
  of(endpoint: HubbleEndpoint): Party | "world" | undefined {
    const { own, ofNamespace, reserved, rest } = labelsOf(endpoint.labels ?? []);
    const namespace = endpoint.namespace || rest.get(NAMESPACE);
    if (namespace !== undefined) {
      const name = workloadName(endpoint, own);
      const cluster = endpoint.cluster_name || rest.get(CLUSTER);
      const party = this.workload(namespace, name, cluster);
      party.labels = own;
      if (Object.keys(ofNamespace).length > 0) party.namespaceLabels = ofNamespace;
      const account = rest.get(ACCOUNT);
      if (account !== undefined) party.serviceAccount = account;
      if (cluster !== undefined) party.cluster = cluster;
      const controller = endpoint.workloads?.[0]?.kind;
      if (controller !== undefined) party.controller = controller;
      const ports = namedPortsOf(endpoint.labels ?? []);
      if (ports.length > 0) party.namedPorts = ports;
      return party;
    }
    if (reserved.some((label) => label.startsWith("world")) || (endpoint.labels ?? []).some(isOutside)) return "world";
    const known = reserved.filter((label) => label !== "unknown");
    return known.length === 0 ? undefined : this.reserved(known);
  }

  /** A workload by name. Default: of the recorded cluster. */
  workload(namespace: string, name: string, cluster?: string): Party {
    const id = `${namespace}/${name}`;
    const made = { id, kind: "workload" as const, namespace, name };
    const known = this.byId.get(id);
    const isOther = cluster !== undefined && known?.cluster !== undefined && known.cluster !== cluster;
    return this.keep(isOther ? inCluster(id, cluster) : id, () => made);
  }

  /** Adds the cluster to the names of other clusters' workloads, because clusters of a mesh often share names. */
  nameClusters(own: string): void {
    for (const [key, party] of [...this.byId]) {
      const { kind, namespace, name, cluster } = party;
      if (kind !== "workload" || cluster === undefined) continue;
      const plain = `${namespace}/${name}`;
      party.id = cluster === own ? plain : inCluster(plain, cluster);
      if (this.byId.get(key) === party) this.byId.delete(key);
      this.byId.set(party.id, party);
    }
  }

  /** The workloads of a service account, for when it is unknown which of them it was. */
  account(namespace: string, name: string): Party {
    const id = `the account ${namespace}/${name}`;
    return this.keep(id, () => ({ id, kind: "account", namespace, name }));
  }

  /** All clients without a proxy: a server's proxy counts them as one. */
  withoutProxy(): Party {
    const id = "clients without a proxy";
    return this.keep(id, () => ({ id, kind: "without proxy" }));
  }

  reserved(labels: readonly string[]): Party {
    // On a single-node cluster the API server is the host itself: the id is `host`, and both labels count.
    const id = labels.includes("host")
      ? "host"
      : labels.includes("kube-apiserver")
        ? "kube-apiserver"
        : (labels[0] ?? "");
    return this.keep(`${id} ${labels.join()}`, () => ({ id, kind: "reserved", reserved: labels }));
  }

  address(ip: string): Party {
    const known = this.byId.get(ip);
    if (known !== undefined) return known;
    const id = this.addresses < this.maxAddresses ? ip : blockOf(ip);
    return this.keep(id, () => {
      this.addresses++;
      return { id, kind: "address", ip };
    });
  }

  /** An address of the pod network whose owner is unknown. */
  gone(ip: string): Party {
    return this.keep(goneId(ip), () => ({ id: goneId(ip), kind: "gone", ip }));
  }

  private keep(key: string, make: () => Party): Party {
    const known = this.byId.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.byId.set(key, made);
    return made;
  }
}

const inCluster = (id: string, cluster: string) => `${id} in cluster ${cluster}`;

export const goneId = (ip: string): string => `a pod that is gone (${ip})`;

const isOutside = (label: string) => label.startsWith("cidr:") || label.startsWith("fqdn:");

function labelsOf(labels: readonly string[]) {
  const own: Record<string, string> = {};
  const ofNamespace: Record<string, string> = {};
  const reserved: string[] = [];
  const rest = new Map<string, string>();
  for (const label of labels) {
    const colon = label.indexOf(":");
    const source = label.slice(0, colon);
    const equals = label.indexOf("=", colon);
    const key = label.slice(colon + 1, equals < 0 ? undefined : equals);
    const value = equals < 0 ? "" : label.slice(equals + 1);
    if (source === "reserved") reserved.push(key);
    else if (source !== "k8s" || OF_ONE_RUN.has(key)) continue;
    else if (key.startsWith(NAMESPACE_LABEL)) ofNamespace[key.slice(NAMESPACE_LABEL.length)] = value;
    else if (key === NAMESPACE || key === ACCOUNT || key === CLUSTER) rest.set(key, value);
    else own[key] = value;
  }
  return { own, ofNamespace, reserved, rest };
}

/** Parses `gen:io.cilium.k8s.named-ports=http.TCP.9898_grpc.TCP.9999`. A long list has several labels (Cilium 1.20). */
function namedPortsOf(labels: readonly string[]): { name: string; protocol: string; port: number }[] {
  return labels.flatMap((label) => {
    const found = /^gen:io\.cilium\.k8s\.named-ports(?:-\d+)?=(.*)$/.exec(label);
    return (found?.[1] ?? "").split("_").flatMap((entry) => {
      const [, name, protocol, port] = /^(.+)\.([A-Z]+)\.(\d+)$/.exec(entry) ?? [];
      return name === undefined || protocol === undefined ? [] : [{ name, protocol, port: Number(port) }];
    });
  });
}

function workloadName({ workloads, pod_name: pod }: HubbleEndpoint, labels: Readonly<Record<string, string>>): string {
  const named = workloads?.[0]?.name;
  if (named !== undefined && named !== "") return named;
  const proxied = Object.entries(labels).find(([key]) => key.startsWith("linkerd.io/proxy-"));
  if (proxied !== undefined) return proxied[1];
  if (pod !== undefined && pod !== "") return ownerOfPod(pod);
  return labels["app.kubernetes.io/name"] ?? labels.app ?? labels["k8s-app"] ?? "pods without a name";
}

/** The owner of a pod, from the pod's name: controllers append suffixes of letters that form no words (Kubernetes' `rand.SafeEncodeString`). */
export function ownerOfPod(pod: string): string {
  const random = "[bcdfghjklmnpqrstvwxz2456789]";
  return pod
    .replace(new RegExp(`-${random}{5}$`), "")
    .replace(new RegExp(`-(${random}{6,10}|\\d{8,10})$`), "")
    .replace(/-\d+$/, "");
}

/** The block that replaces an address if there are too many: a /24 of IPv4, a /64 of IPv6. */
export function blockOf(ip: string): string {
  if (!ip.includes(":")) return `${ip.split(".").slice(0, 3).join(".")}.0/24`;
  const [head = ""] = ip.split("::");
  const groups = head.split(":");
  return `${groups.slice(0, 4).join(":")}::/64`;
}
