import * as fc from "fast-check";
import { readManifests } from "../../lib/input/manifests/read";
import { authorizationFacts, scenarioOf } from "../../lib/input/scenario/scenario";
import type { Learned } from "../../lib/traffic/learn/learned";
import type { PolicyState } from "../../lib/traffic/policy-state";
import type { Traffic } from "../../lib/traffic/traffic";
import { type End, line, pod, trafficOf, world } from "./lines";

/** What manifests come to. */
export function judge(text = ""): PolicyState {
  const manifests = readManifests([{ file: "all.yaml", text }]);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  return { policies, scenario: scenarioOf(manifests, policies), authorization: authorizationFacts(manifests) };
}

/** A pod with an account of its own, and a proxy or none. */
export const labelled = (namespace: string, name: string, ip: string, meshed: boolean): End =>
  pod(namespace, name, ip, {
    labels: [
      `k8s:app=${name}`,
      `k8s:io.kubernetes.pod.namespace=${namespace}`,
      `k8s:io.cilium.k8s.policy.serviceaccount=${name}`,
      ...(meshed ? ["k8s:linkerd.io/control-plane-ns=linkerd"] : []),
    ],
  });

/** The rules of what was learnt, each with what is left without it. */
export function* withoutOneRule(
  learned: Learned,
): Generator<{ rule: string; needed: boolean; left: Learned["policies"] }> {
  for (const [index, policy] of learned.policies.entries()) {
    for (const direction of ["ingress", "egress"] as const) {
      const rules = policy.manifest.spec?.[direction] ?? [];
      for (const [place, rule] of rules.entries()) {
        const evidence = policy.evidence.find((one) => one.direction === direction && one.rule === place);
        const spec = { ...policy.manifest.spec, [direction]: rules.filter((_, at) => at !== place) };
        // Without any rule left the policy would select nothing in this direction, which is no smaller policy but none.
        if (rules.length === 1) spec[direction] = [{}];
        const left = learned.policies.map((one, at) =>
          at === index ? { ...policy, manifest: { ...policy.manifest, spec } } : one,
        );
        yield { rule: JSON.stringify(rule), needed: (evidence?.seen.length ?? 0) > 0, left };
      }
    }
  }
}

/** Traffic of a few workloads, some meshed, in one transport mode; in transport-header with what proxies tell. */
export const anyTraffic = fc.record({
  hidden: fc.boolean(),
  meshed: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  calls: fc.array(
    fc.record({
      from: fc.nat({ max: 6 }),
      to: fc.nat({ max: 6 }),
      port: fc.constantFrom(80, 5432, 8080, 9090),
      protocol: fc.constantFrom("TCP" as const, "TCP" as const, "UDP" as const, "ICMP" as const),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  /** Workloads that have a policy already, for one of their directions. */
  existing: fc.subarray(
    [0, 1, 2, 3].flatMap((n) => [`${n} ingress` as const, `${n} egress` as const]),
    { maxLength: 3 },
  ),
});

export type Generated = typeof anyTraffic extends fc.Arbitrary<infer T> ? T : never;

export async function generated({ hidden, meshed, calls }: Generated): Promise<Traffic> {
  const ends = [
    ...meshed.map((isMeshed, n) => labelled(n % 2 === 0 ? "a" : "b", `w${n}`, `10.0.0.${n + 1}`, isMeshed)),
    world("192.0.2.7"),
    world("2001:db8::7"),
    world("198.51.100.9"),
  ];
  const metrics = new Map<number, string[]>();
  const lines = calls.flatMap(({ from, to, port, protocol }) => {
    const [source, destination] = [ends[from], ends[to]];
    if (source === undefined || destination === undefined || from === to || (from > 3 && to > 3)) return [];
    const isIpv6 = source.ip.includes(":") || destination.ip.includes(":");
    const named = to === 6 && { destination_names: ["api.example.com"] };
    if (protocol === "ICMP") {
      const l4 = isIpv6 ? { ICMPv6: { type: 128 } } : { ICMPv4: { type: 8 } };
      return [line({ from: source, to: destination, port: 0, more: { l4, ...named } })];
    }
    const inside = hidden && protocol === "TCP" && meshed[from] === true && meshed[to] === true;
    const opaque = !hidden && protocol === "TCP" && port === 5432 && meshed[from] === true && meshed[to] === true;
    if (inside || opaque) {
      const labels = `target_ip="${destination.ip}",target_port="${port}",tls="true",client_id="${source.workload}.${source.namespace}.serviceaccount.identity.linkerd.cluster.local"`;
      metrics.set(to, [
        ...(metrics.get(to) ?? []),
        `inbound_${opaque ? "tcp" : "http"}_authz_allow_total{${labels}} 3`,
      ]);
    }
    return [
      line({ from: source, to: destination, port: inside || opaque ? 4143 : port, protocol, more: { ...named } }),
    ];
  });
  const texts = [...metrics].map(([to, series]) => [`m${to}.txt`, series.join("\n")] as const);
  return trafficOf({ "flows.jsonl": lines.join("\n"), ...Object.fromEntries(texts) });
}

/** The policies that some of the workloads have already: they admit one port of one peer. */
export const existingPolicies = ({ existing }: Pick<Generated, "existing">): string =>
  existing
    .map((one) => {
      const [place = "", direction = ""] = one.split(" ");
      const namespace = Number(place) % 2 === 0 ? "a" : "b";
      const peer = direction === "ingress" ? "fromEndpoints" : "toEndpoints";
      return `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: own-${place}-${direction}, namespace: ${namespace}}
spec:
  endpointSelector: {matchLabels: {app: w${place}}}
  ${direction}:
  - ${peer}: [{matchLabels: {k8s:io.kubernetes.pod.namespace: b, app: w1}}]
    toPorts: [{ports: [{port: "80", protocol: TCP}]}]
`;
    })
    .join("---\n");
