import * as fc from "fast-check";
import { readManifests } from "../../lib/input/manifests/read";
import { authorizationFacts, scenarioOf } from "../../lib/input/scenario/scenario";
import type { Learned } from "../../lib/traffic/learn/learned";
import type { PolicyState } from "../../lib/traffic/policy-state";
import type { Traffic, TrafficEdge } from "../../lib/traffic/traffic";
import { type End, line, pod, trafficOf, world } from "./lines";

/** The policies, scenario and settings of manifests. */
export function judge(text = ""): PolicyState {
  const manifests = readManifests([{ file: "all.yaml", text }]);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  return { policies, scenario: scenarioOf(manifests, policies), authorization: authorizationFacts(manifests) };
}

/** A pod with its own account, with or without a proxy. */
export const labelled = (namespace: string, name: string, ip: string, meshed: boolean): End =>
  pod(namespace, name, ip, { labels: labelsOf(namespace, name, name, meshed) });

function labelsOf(namespace: string, name: string, account: string, meshed: boolean, cluster = "default"): string[] {
  return [
    `k8s:app=${name}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
    `k8s:io.cilium.k8s.policy.serviceaccount=${account}`,
    `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
    "gen:io.cilium.k8s.named-ports=web.TCP.8080",
    ...(meshed ? ["k8s:linkerd.io/control-plane-ns=linkerd"] : []),
  ];
}

/** The learned rules, each with the learned policies without it. */
export function* withoutOneRule(
  learned: Learned,
): Generator<{ rule: string; needed: boolean; left: Learned["policies"] }> {
  for (const [index, policy] of learned.policies.entries()) {
    for (const direction of ["ingress", "egress"] as const) {
      const rules = policy.manifest.spec?.[direction] ?? [];
      for (const [place, rule] of rules.entries()) {
        const evidence = policy.evidence.find((one) => one.direction === direction && one.rule === place);
        const spec = { ...policy.manifest.spec, [direction]: rules.filter((_, at) => at !== place) };
        // Without any rule, the policy would no longer apply in this direction.
        if (rules.length === 1) spec[direction] = [{}];
        const left = learned.policies.map((one, at) =>
          at === index ? { ...policy, manifest: { ...policy.manifest, spec } } : one,
        );
        yield { rule: JSON.stringify(rule), needed: (evidence?.seen.length ?? 0) > 0, left };
      }
    }
  }
}

/** Workloads 0 to 5. The fifth is a CronJob, and the last shares the account of the first. */
const WORKLOADS = 6;
/** Ends that are not workloads of this cluster. */
const others: readonly End[] = [
  world("192.0.2.7"),
  world("2001:db8::7"),
  world("198.51.100.9"),
  { ip: "172.18.0.2", reserved: ["host"] },
  { ip: "172.18.0.3", reserved: ["remote-node"] },
  { ip: "172.18.0.4", reserved: ["kube-apiserver", "remote-node"] },
  { ip: "10.0.9.1", reserved: ["ingress"] },
  { ip: "10.0.9.2", reserved: ["health"] },
  { ...labelled("a", "w0", "10.9.0.1", false), labels: labelsOf("a", "w0", "w0", false, "elsewhere") },
];
/** An address with a DNS name in the flow. */
const NAMED = WORKLOADS + 2;
const FOREIGN = WORKLOADS + others.length - 1;

/** Traffic of a few workloads, some of them meshed, in one transport mode. In transport-header mode, with the proxies' counters. */
export const anyTraffic = fc.record({
  hidden: fc.boolean(),
  meshed: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  calls: fc.array(
    fc.record({
      from: fc.nat({ max: FOREIGN }),
      to: fc.nat({ max: FOREIGN }),
      port: fc.constantFrom(80, 5432, 8080, 9090),
      protocol: fc.constantFrom("TCP" as const, "TCP" as const, "UDP" as const, "SCTP" as const, "ICMP" as const),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  /** Existing policies: for one workload and direction, one with an explicit deny, and one for all workloads of the cluster. */
  existing: fc.subarray(
    [
      ...[0, 1, 2, 3].flatMap((n) => [`${n} ingress` as const, `${n} egress` as const, `${n} deny` as const]),
      "clusterwide" as const,
    ],
    { maxLength: 4 },
  ),
});

export type Generated = typeof anyTraffic extends fc.Arbitrary<infer T> ? T : never;

export async function generated({ hidden, meshed, calls }: Generated): Promise<Traffic> {
  const hasProxy = (end: number) => meshed[end === 5 ? 0 : end] === true;
  const namespaceOf = (n: number) => (n % 2 === 0 ? "a" : "b");
  const workloads = Array.from({ length: WORKLOADS }, (_, n): End => {
    if (n === 4) return { ...labelled("a", "w4", "10.0.0.5", false), kind: "CronJob" };
    // In the namespace of the first, because accounts are namespaced.
    if (n === 5) return pod("a", "w5", "10.0.0.6", { labels: labelsOf("a", "w5", "w0", hasProxy(5)) });
    return labelled(namespaceOf(n), `w${n}`, `10.0.0.${n + 1}`, hasProxy(n));
  });
  const ends = [...workloads, ...others];
  const metrics = new Map<number, string[]>();
  const lines = calls.flatMap(({ from, to, port, protocol }, run) => {
    const [source, destination] = [endAt(ends, from, run), endAt(ends, to, run)];
    if (source === undefined || destination === undefined || from === to || (from >= WORKLOADS && to >= WORKLOADS))
      return [];
    const isIpv6 = source.ip.includes(":") || destination.ip.includes(":");
    const named = to === NAMED && { destination_names: ["api.example.com"] };
    if (protocol === "ICMP") {
      const l4 = isIpv6 ? { ICMPv6: { type: 128 } } : { ICMPv4: { type: 8 } };
      return [line({ from: source, to: destination, port: 0, more: { l4, ...named } })];
    }
    const isMeshed = protocol === "TCP" && [from, to].every((end) => end < WORKLOADS && hasProxy(end));
    const opaque = !hidden && port === 5432 && isMeshed;
    const isInside = (hidden && isMeshed) || opaque;
    if (isInside) {
      const account = from === 5 ? "w0" : source.workload;
      const labels = `target_ip="${destination.ip}",target_port="${port}",tls="true",client_id="${account}.${source.namespace}.serviceaccount.identity.linkerd.cluster.local"`;
      metrics.set(to, [
        ...(metrics.get(to) ?? []),
        `inbound_${opaque ? "tcp" : "http"}_authz_allow_total{${labels}} 3`,
      ]);
    }
    return [line({ from: source, to: destination, port: isInside ? 4143 : port, protocol, more: { ...named } })];
  });
  const texts = [...metrics].map(([to, series]) => [`m${to}.txt`, series.join("\n")] as const);
  return trafficOf({ "flows.jsonl": lines.join("\n"), ...Object.fromEntries(texts) });
}

/** Each run of the CronJob has its own labels. */
function endAt(ends: readonly End[], place: number, run: number): End | undefined {
  const end = ends[place];
  if (end?.kind !== "CronJob") return end;
  return { ...end, labels: [...(end.labels ?? []), `k8s:batch.kubernetes.io/job-name=w4-${run}`] };
}

/** Whether policies do not apply to an edge, because it belongs to another cluster. */
export const isForeign = ({ from, to }: TrafficEdge): boolean =>
  [from, to].some(({ cluster }) => cluster === "elsewhere");

/** The existing policies: each admits one port of one peer, the clusterwide one by its name, or denies one. */
export const existingPolicies = ({ existing }: Pick<Generated, "existing">): string =>
  existing
    .map((one) => {
      if (one === "clusterwide")
        return `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: all}
spec:
  endpointSelector: {matchExpressions: [{key: app, operator: Exists}]}
  ingress:
  - fromEntities: [cluster]
    toPorts: [{ports: [{port: web, protocol: TCP}]}]
`;
      const [place = "", direction = ""] = one.split(" ");
      const namespace = Number(place) % 2 === 0 ? "a" : "b";
      const peer = direction === "egress" ? "toEndpoints" : "fromEndpoints";
      return `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: own-${place}-${direction}, namespace: ${namespace}}
spec:
  endpointSelector: {matchLabels: {app: w${place}}}
  ${direction === "deny" ? "ingressDeny" : direction}:
  - ${peer}: [{matchLabels: {k8s:io.kubernetes.pod.namespace: b, app: w1}}]
    toPorts: [{ports: [{port: "80", protocol: TCP}]}]
`;
    })
    .join("---\n");
