import type { AddressOwners } from "../address-owners";
import { ownerOfPod, type Parties, type Party } from "../party";
import type { Series } from "./series";

/** A proxy's counters for one client on one port. */
export interface ProxyObservation {
  to: Party;
  port: number;
  /** The client's service account, from its certificate: `shop/frontend`. */
  account?: string;
  /** The client, if its own proxy counted; or all clients without a proxy, which cannot be told apart. */
  from?: Party;
  requests: number;
  refused: number;
  /** Connections that were opened: they passed Cilium, whether or not the proxy refused their requests. */
  opened: number;
  /** Requests that only the policy `audit` let in. `deny` may refuse them. */
  audited: number;
  first?: string;
  last?: string;
}

/** Labels by which linkerd-viz names the owner of a pod (`prometheus.yaml`). */
const owners = ["deployment", "statefulset", "daemonset", "k8s_job", "replicationcontroller", "replicaset"];

/** The workload whose proxy wrote a text of metrics: by its own address in them, or by the file name `NAMESPACE_POD.txt`. */
export function workloadOfMetrics(
  series: readonly Series[],
  file: string,
  parties: Parties,
  addresses: AddressOwners,
): Party | undefined {
  const ip = series.find(
    ({ metric, labels }) =>
      metric.startsWith("inbound_") && labels.target_ip !== undefined && labels.target_ip !== "0.0.0.0",
  )?.labels.target_ip;
  const party = ip === undefined ? undefined : addresses.ownerOf(ip);
  if (party !== undefined) return party;
  const [namespace = "", pod = ""] = podOfFile(file)?.split("/") ?? [];
  return pod === "" ? undefined : parties.workload(namespace, ownerOfPod(pod));
}

/** `shop/cart-657458996f-8wh7w` of a file called `shop_cart-657458996f-8wh7w.txt`. */
export function podOfFile(file: string): string | undefined {
  const [, namespace, pod] =
    /(?:^|\/)([a-z0-9-]+)_([a-z0-9.-]+?)\.(?:txt|prom|metrics)(?:\.gz|\.zst)?$/.exec(file) ?? [];
  return namespace === undefined || pod === undefined ? undefined : `${namespace}/${pod}`;
}

/**
 * The observation in a counter. All clients without a proxy share one series, which includes the kubelet except for the probes that the proxy
 * recognizes.
 *
 * @param workload The workload of the proxy, for counters that do not name it.
 * @returns undefined for a counter that names neither workload nor port, or no client
 */
export function observationOf(
  { metric, labels, count, ...times }: Series,
  workload: Party | undefined,
  parties: Parties,
): ProxyObservation | undefined {
  const port = Number(labels.target_port);
  const self = ownerIn(labels, "", parties) ?? workload;
  if (!(port > 0) || self === undefined) return undefined;
  const isOpening = metric === "tcp_open_total";
  const counted = {
    port,
    requests: isOpening ? 0 : count,
    refused: metric.includes("_deny_") ? count : 0,
    opened: isOpening ? count : 0,
    audited: labels.authz_kind === "default" && labels.authz_name === "audit" ? count : 0,
    ...times,
  };
  if (isOpening && labels.direction === "outbound") {
    const to = labels.peer === "dst" ? ownerIn(labels, "dst_", parties) : undefined;
    return to && { to, from: self, ...counted };
  }
  const account = accountOf(labels.client_id);
  if (account !== undefined) return labels.tls === "true" ? { to: self, account, ...counted } : undefined;
  const isKnownOrProbe = labels.tls === "true" || labels.no_tls_reason === "loopback" || labels.route_name === "probe";
  return isKnownOrProbe ? undefined : { to: self, from: parties.withoutProxy(), ...counted };
}

function ownerIn(labels: Series["labels"], prefix: string, parties: Parties): Party | undefined {
  const namespace = labelOf(labels, prefix, "namespace");
  if (namespace === undefined) return undefined;
  for (const kind of owners) {
    const name = labelOf(labels, prefix, kind);
    if (name !== undefined)
      return parties.workload(namespace, kind === "k8s_job" ? name.replace(/-\d{8,10}$/, "") : name);
  }
  const pod = labelOf(labels, prefix, "pod");
  return pod === undefined ? undefined : parties.workload(namespace, ownerOfPod(pod));
}

/** Names that a scrape configuration may give to labels of the target, instead of linkerd-viz's. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  namespace: ["kubernetes_namespace", "k8s_namespace_name"],
  pod: ["pod_name", "kubernetes_pod_name", "k8s_pod_name"],
};

/** A label of a proxy. After federation, the usual names hold labels of the other Prometheus. */
function labelOf(labels: Series["labels"], prefix: string, name: string): string | undefined {
  if (prefix !== "") return labels[prefix + name];
  const names = [`exported_${name}`, name, ...(aliases[name] ?? [])];
  return names.map((one) => labels[one]).find((value) => value !== undefined);
}

/** `NAME.NAMESPACE.serviceaccount.identity.linkerd.cluster.local` */
function accountOf(identity: string | undefined): string | undefined {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./.exec(identity ?? "") ?? [];
  return name === undefined ? undefined : `${namespace}/${name}`;
}

/**
 * The counters for each client on each port, summed over the pods of the server. A Prometheus and the proxies' own metrics have the same counters, so
 * the larger value of both counts.
 */
export function counted(
  byPrometheus: readonly ProxyObservation[],
  byTexts: readonly ProxyObservation[],
): ProxyObservation[] {
  const sums = summed(byPrometheus);
  for (const [key, one] of summed(byTexts)) {
    const same = sums.get(key);
    sums.set(key, same === undefined ? one : both(same, one, Math.max));
  }
  return [...sums.values()];
}

function summed(observations: readonly ProxyObservation[]): Map<string, ProxyObservation> {
  const sums = new Map<string, ProxyObservation>();
  for (const one of observations) {
    const key = JSON.stringify([one.to.id, one.port, one.account, one.from?.id]);
    const same = sums.get(key);
    sums.set(key, same === undefined ? one : both(same, one, (a, b) => a + b));
  }
  return sums;
}

function both(a: ProxyObservation, b: ProxyObservation, of: (a: number, b: number) => number): ProxyObservation {
  const [first] = [a.first, b.first].filter((time) => time !== undefined).sort();
  const last = [a.last, b.last]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  return {
    ...a,
    requests: of(a.requests, b.requests),
    refused: of(a.refused, b.refused),
    opened: of(a.opened, b.opened),
    audited: of(a.audited, b.audited),
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
  };
}
