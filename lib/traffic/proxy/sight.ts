import type { Addresses } from "../addresses";
import { ownerOfPod, type Parties, type Party } from "../party";
import type { Series } from "./series";

/** What a proxy knows of who came to which port. */
export interface Sight {
  to: Party;
  port: number;
  /** By the certificate of the client: `shop/frontend`. */
  account?: string;
  /** By the client's own proxy; or whoever has none, of whom nothing is known. */
  from?: Party;
  requests: number;
  refused: number;
  /** Connections that were opened: they passed Cilium, whatever became of their requests. */
  opened: number;
  first?: string;
  last?: string;
}

/** Who a proxy is, as far as its source says. */
export interface ProxyOf {
  party?: Party;
}

/** viz' relabelling of pods' owners (linkerd-viz `prometheus.yaml`). */
const owners = ["deployment", "statefulset", "daemonset", "k8s_job", "replicationcontroller", "replicaset"];

/** Who a text of metrics is from: the address on which its own port was asked, or the file's name as `NAMESPACE_POD.txt`. */
export function proxyOfText(series: readonly Series[], file: string, parties: Parties, addresses: Addresses): ProxyOf {
  const ip = series.find(
    ({ metric, labels }) =>
      metric.startsWith("inbound_") && labels.target_ip !== undefined && labels.target_ip !== "0.0.0.0",
  )?.labels.target_ip;
  const party = ip === undefined ? undefined : addresses.ownerOf(ip);
  if (party !== undefined) return { party };
  const [, namespace, pod] =
    /(?:^|\/)([a-z0-9-]+)_([a-z0-9.-]+?)\.(?:txt|prom|metrics)(?:\.gz|\.zst)?$/.exec(file) ?? [];
  return namespace === undefined || pod === undefined ? {} : { party: parties.workload(namespace, ownerOfPod(pod)) };
}

/**
 * What a counter says. Clients without a proxy are one series without a name; the kubelet is in it, too, except for the probes that the proxy
 * knows.
 */
export function sightOf(
  { metric, labels, count, ...times }: Series,
  proxy: ProxyOf,
  parties: Parties,
): Sight | undefined {
  const port = Number(labels.target_port);
  const self = ownerIn(labels, "", parties) ?? proxy.party;
  if (!(port > 0) || self === undefined) return undefined;
  const isOpening = metric === "tcp_open_total";
  const counted = {
    port,
    requests: isOpening ? 0 : count,
    refused: metric.includes("_deny_") ? count : 0,
    opened: isOpening ? count : 0,
    ...times,
  };
  if (isOpening && labels.direction === "outbound") {
    const to = labels.peer === "dst" ? ownerIn(labels, "dst_", parties) : undefined;
    return to && { to, from: self, ...counted };
  }
  const account = accountOf(labels.client_id);
  if (account !== undefined) return labels.tls === "true" ? { to: self, account, ...counted } : undefined;
  const isNobody = labels.tls === "true" || labels.no_tls_reason === "loopback" || labels.route_name === "probe";
  return isNobody ? undefined : { to: self, from: parties.withoutProxy(), ...counted };
}

function ownerIn(labels: Series["labels"], prefix: string, parties: Parties): Party | undefined {
  const namespace = labels[`${prefix}namespace`];
  const kind = owners.find((one) => labels[prefix + one] !== undefined);
  const name = kind === undefined ? undefined : labels[prefix + kind];
  if (namespace === undefined) return undefined;
  if (name !== undefined)
    return parties.workload(namespace, kind === "k8s_job" ? name.replace(/-\d{8,10}$/, "") : name);
  const pod = labels[`${prefix}pod`];
  return pod === undefined ? undefined : parties.workload(namespace, ownerOfPod(pod));
}

/** `NAME.NAMESPACE.serviceaccount.identity.linkerd.cluster.local` */
function accountOf(identity: string | undefined): string | undefined {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./.exec(identity ?? "") ?? [];
  return name === undefined ? undefined : `${namespace}/${name}`;
}
