import * as fc from "fast-check";
import type { Traffic } from "../../lib/traffic/traffic";
import { type End, line, pod, trafficOf, world } from "./lines";

/** The text files of a recording, by name. */
export type Recording = Record<string, string>;

/** Ports, some of which are opaque by default. One has a name. */
const PORTS = [25, 80, 3306, 5432, 8080, 9090];
const NAMES = ["w0", "w1", "w2", "w3"] as const;

const anyCall = fc.record({
  from: fc.nat({ max: NAMES.length + 1 }),
  to: fc.nat({ max: NAMES.length }),
  port: fc.constantFrom(...PORTS),
  protocol: fc.constantFrom("TCP" as const, "TCP" as const, "UDP" as const),
  /** Hubble's other lines for it: the reply, a policy verdict, an L7 record, a retransmission. */
  also: fc.subarray(["reply", "verdict", "l7", "again"] as const),
  /** Whether a policy denies it. */
  denied: fc.constantFrom(false, false, false, true),
});

/**
 * Traffic of four workloads, of a CronJob whose every run has another identity and an address that an earlier run had, and of the outside; over one
 * address family, in one transport mode, with Servers and policies that are there before.
 */
export const anyVaried = fc.record({
  hidden: fc.boolean(),
  ipv6: fc.boolean(),
  meshed: fc.array(fc.boolean(), { minLength: NAMES.length, maxLength: NAMES.length }),
  calls: fc.array(anyCall, { minLength: 1, maxLength: 12 }),
  lost: fc.boolean(),
  /** Servers by workload and port. Each admits no one or the account of w1. */
  servers: fc.uniqueArray(
    fc.record({ of: fc.nat({ max: 3 }), port: fc.constantFrom(...PORTS), admits: fc.boolean() }),
    { maxLength: 2, selector: ({ of, port }) => `${of} ${port}` },
  ),
  /** Policies by workload: one with a port's name, and one that denies a port to everyone. */
  policies: fc.uniqueArray(fc.record({ of: fc.nat({ max: 3 }), denies: fc.boolean() }), {
    maxLength: 2,
    selector: ({ of, denies }) => `${of} ${denies}`,
  }),
});

export type Varied = typeof anyVaried extends fc.Arbitrary<infer T> ? T : never;

const DENIED_PORT = 9090;
const namespaceOf = (n: number) => (n % 2 === 0 ? "a" : "b");

/** The recording: one line of Hubble for each event, and the counters of meshed servers' proxies where the port is hidden. */
export function recordingOf({ hidden, ipv6, meshed, calls, lost }: Varied): { lines: string[]; metrics: Recording } {
  const ipOf = (n: number) => (ipv6 ? `fd00::${n + 1}` : `10.0.0.${n + 1}`);
  const workload = (n: number): End => {
    const name = NAMES[n] ?? "";
    return pod(namespaceOf(n), name, ipOf(n), { labels: labelsOf(namespaceOf(n), name, meshed[n] === true) });
  };
  /** A run of the CronJob. Runs alternate between two addresses. */
  const runOf = (run: number): End => ({
    ...pod("a", "job", ipOf(20 + (run % 2)), { kind: "CronJob" }),
    pod: `job-${29_000_000 + run}-x2x4z`,
    labels: [...labelsOf("a", "job", false), `k8s:batch.kubernetes.io/job-name=job-${29_000_000 + run}`],
  });
  const outside = world(ipv6 ? "2001:db8::7" : "192.0.2.7");
  const lines: string[] = [];
  const metrics: Recording = {};
  let second = 0;
  const say = (one: Parameters<typeof line>[0]) => {
    lines.push(
      line({
        ...one,
        time: new Date(Date.UTC(2026, 10, 26, 10, 0, second++)).toISOString().replace(".000Z", ".000000001Z"),
      }),
    );
  };
  for (const [run, { from, to, port, protocol, also, denied }] of calls.entries()) {
    if (from === to) continue;
    const source = from === NAMES.length ? runOf(run) : from < NAMES.length ? workload(from) : outside;
    const destination = to === NAMES.length ? outside : workload(to);
    if (source === outside && destination === outside) continue;
    const isMeshed = protocol === "TCP" && meshed[from] === true && meshed[to] === true;
    const opaque = isMeshed && [25, 3306, 5432].includes(port);
    const isInside = isMeshed && (hidden || opaque);
    const wire = isInside ? 4143 : port;
    const sourcePort = 40_000 + run;
    const packet = { from: source, to: destination, port: wire, protocol, sourcePort };
    if (denied) {
      for (const event of [5, 1] as const) say({ ...packet, event, verdict: "DROPPED", reason: "POLICY_DENIED" });
      continue;
    }
    if (also.includes("verdict")) say({ ...packet, event: 5, reply: false });
    say({ ...packet, reply: false });
    if (also.includes("again")) say({ ...packet, reply: false });
    if (also.includes("reply"))
      say({ from: destination, to: source, port: sourcePort, protocol, sourcePort: wire, reply: true });
    if (also.includes("l7")) {
      const l7 = { type: "REQUEST", http: { method: "GET", url: "/", protocol: "HTTP/1.1" } };
      say({ ...packet, reply: false, more: { Type: "L7", l7, event_type: { type: 129 } } });
    }
    if (isInside) {
      const client = `${source.workload}.${source.namespace}.serviceaccount.identity.linkerd.cluster.local`;
      const labels = `target_ip="${destination.ip}",target_port="${port}",tls="true",client_id="${client}"`;
      const file = `m${to}.txt`;
      const series = `inbound_${opaque ? "tcp" : "http"}_authz_allow_total{${labels}} 3`;
      if (metrics[file]?.includes(series) !== true) metrics[file] = `${metrics[file] ?? ""}${series}\n`;
    }
  }
  if (lost)
    lines.push(
      JSON.stringify({
        lost_events: { source: "OBSERVER_EVENTS_QUEUE", num_events_lost: "14" },
        node_name: "node",
        time: "2026-11-26T10:59:00Z",
      }),
    );
  return { lines, metrics };
}

export const recorded = (input: Varied): Promise<Traffic> => {
  const { lines, metrics } = recordingOf(input);
  return trafficOf({ "flows.jsonl": lines.join("\n"), ...metrics });
};

function labelsOf(namespace: string, name: string, meshed: boolean): string[] {
  return [
    `k8s:app=${name}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
    `k8s:io.cilium.k8s.policy.serviceaccount=${name}`,
    "k8s:io.cilium.k8s.policy.cluster=default",
    "gen:io.cilium.k8s.named-ports=web.TCP.8080",
    ...(meshed ? ["k8s:linkerd.io/control-plane-ns=linkerd"] : []),
  ];
}

/** The existing objects: Servers, and policies with a port's name or that deny. */
export function manifestsOf({ servers, policies }: Varied): string {
  return [
    ...servers.flatMap(({ of, port, admits }) => {
      const metadata = `{name: s${of}-${port}, namespace: ${namespaceOf(of)}}`;
      const server = `apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: ${metadata}
spec: {podSelector: {matchLabels: {app: w${of}}}, port: ${port}, accessPolicy: deny}
`;
      if (!admits) return [server];
      return [
        server,
        `apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: ${metadata}
spec: {identityRefs: [{kind: ServiceAccount, name: w1, namespace: b}]}
`,
        `apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: ${metadata}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: s${of}-${port}}
  requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: s${of}-${port}}]
`,
      ];
    }),
    ...policies.map(({ of, denies }) =>
      denies
        ? `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny-${of}, namespace: ${namespaceOf(of)}}
spec:
  endpointSelector: {matchLabels: {app: w${of}}}
  ingressDeny: [{fromEntities: [all], toPorts: [{ports: [{port: "${DENIED_PORT}"}]}]}]
`
        : `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: named-${of}, namespace: ${namespaceOf(of)}}
spec:
  endpointSelector: {matchLabels: {app: w${of}}}
  ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: web, protocol: TCP}]}]}]
`,
    ),
  ].join("---\n");
}
