import type { EvaluatedPolicy } from "../../lib/cilium/api/policy";
import {
  type AccessRule,
  type Cluster,
  ClusterError,
  type ControlPod,
  type ControlPodSpec,
  type Drop,
  type DropWatch,
  type ExecAnswer,
  type InboundAnswers,
  type LiveFacts,
  type LiveWorkload,
  type PodRef,
  type Scope,
  type Snapshot,
  type StandInSpec,
} from "../../lib/cluster";
import { InboundPolicy } from "../../lib/linkerd/policy/inbound";
import { viewOf } from "../../lib/linkerd/policy/view";
import { compile, type Verdict } from "../../lib/reachability";
import { policySettingsOf, policyWorkloadOf } from "../../lib/reachability/linkerd/policy-inputs";
import { Requests } from "../../lib/reachability/requests";
import type { Scenario } from "../../lib/scenario/scenario";
import { recordedProbes } from "./recordings";

/** The actual state of a fake cluster, whatever a test predicts. */
export interface Truth {
  policies: readonly EvaluatedPolicy[];
  scenario: Scenario;
  workloads: readonly LiveWorkload[];
}

type Fault = (what: {
  pod: string;
  command: readonly string[];
  verdict?: Verdict;
}) => ExecAnswer | ClusterError | undefined;

const recorded = (file: string, title: string): ExecAnswer => {
  const found = recordedProbes(file).find((probe) => probe.title.includes(title));
  if (found === undefined) throw new Error(`no recording of "${title}" in ${file}`);
  return found.answer;
};

/** The recorded answers, by client and by whether packets pass. */
const answers = {
  meshedAllowed: recorded("transparent/probes-meshed.txt", "podinfo pod:9898 by IP, allowed"),
  meshedDenied: recorded("transparent/probes-meshed.txt", "9797 by IP, not allowed"),
  meshedRefused: recorded("transparent/probes-shapes.txt", "meshed -> plain:7777"),
  plainAllowed: recorded("transparent/probes-shapes.txt", "plain -> meshed:9898 allowed"),
  plainDenied: recorded("transparent/probes-unmeshed.txt", "stranger (unmeshed, same namespace)"),
  plainRefused: recorded("transparent/probes-unmeshed.txt", "closed port"),
  /** A refusal by Linkerd's authorization on a live cluster, without a header that shows its origin. */
  forbidden: {
    stdout: "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\nstatus=403 connect=0.000210 total=0.004000 exit=0\n",
    stderr: "",
    exitCode: 0,
    truncated: false,
  },
};

/**
 * A cluster that answers with recordings of a real one. Its own policies decide which recording, and may differ from those that a test predicts from.
 * Its proxies count requests, and its agents report drops.
 */
export class FakeCluster implements Cluster {
  readonly context = "fake";
  readonly execs: { pod: string; command: readonly string[] }[] = [];
  readonly made: ControlPodSpec[] = [];
  /** Pods on behalf of Jobs. */
  readonly onBehalf: StandInSpec[] = [];
  readonly removed: string[] = [];
  readonly added: string[] = [];
  /** The maximum number of concurrent commands so far. */
  mostAtOnce = 0;
  /** Set by tests to inject other results. */
  fault: Fault = () => undefined;
  /** Whether the agents report drops. */
  tellsDrops = true;
  /** Meshed clients that send plain text anyway. */
  plainText = false;
  /** Ports that nobody listens on. */
  closed = new Set<string>();
  private running = 0;
  private readonly counted = new Map<string, number>();
  private readonly dropped: Drop[] = [];

  constructor(
    readonly truth: Truth,
    private readonly snapshot?: Snapshot,
  ) {}

  async read(scope: Scope, { signal }: { seconds: number; signal?: AbortSignal }): Promise<Snapshot> {
    if (signal?.aborted) throw new ClusterError("interrupted", "interrupted");
    if (this.snapshot === undefined) throw new Error("this cluster is not read");
    return { ...this.snapshot, scope };
  }

  async denied(_: readonly AccessRule[]): Promise<AccessRule[]> {
    return [];
  }

  async exec(
    { name, container }: PodRef & { container: string },
    command: readonly string[],
    { signal }: { seconds: number; signal?: AbortSignal },
  ): Promise<ExecAnswer> {
    if (signal?.aborted) throw new ClusterError("interrupted", "interrupted");
    this.execs.push({ pod: `${name}/${container}`, command });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.running--;
    if (signal?.aborted) throw new ClusterError("interrupted", "interrupted");
    const verdict = this.verdictOf(name, command);
    const fault = this.fault({ pod: `${name}/${container}`, command, ...(verdict && { verdict }) });
    if (fault instanceof ClusterError) throw fault;
    return fault ?? this.answer(name, command, verdict);
  }

  async proxyMetrics({ name }: PodRef): Promise<string> {
    return [...this.counted]
      .filter(([key]) => key.startsWith(`${name} `))
      .map(([key, value]) => `${key.slice(name.length + 1)} ${value}`)
      .join("\n");
  }

  async inboundPolicies(_: string, ports: readonly { pod: PodRef; port: number }[]): Promise<InboundAnswers> {
    const { authorization = { objects: [] } } = this.truth.scenario.mesh ?? {};
    const policy = new InboundPolicy(authorization.objects, policySettingsOf(authorization));
    const answers = ports.map(({ pod, port }) => {
      const endpoint = this.workload(pod.name)?.endpoint;
      const [found] = endpoint === undefined ? [] : policy.policiesOfPort(policyWorkloadOf(endpoint), port);
      return found === undefined ? "unknown server" : viewOf(found);
    });
    return { controller: { namespace: "linkerd", name: "linkerd-destination-1" }, answers };
  }

  async addProbeContainer({ namespace, name }: PodRef) {
    this.added.push(name);
    return { namespace, name, container: "meshfence-probe-1" };
  }

  async createControlPod(spec: ControlPodSpec): Promise<ControlPod> {
    this.made.push(spec);
    const number = this.made.length;
    const { namespace = "meshfence-verify-test", meshed = false, labels = {} } = spec;
    const control = {
      namespace,
      name: `control-${number}`,
      container: "control",
      ip: `10.9.0.${number}`,
      node: "node",
    };
    const made = workload(`${namespace}/control-${number}`, control.ip, { meshed, labels, ports: [9898] });
    const pods = made.pods.map((pod) => ({ ...pod, name: control.name }));
    this.truth.workloads = [...this.truth.workloads, { ...made, pods }];
    const namespaces = [...(this.truth.scenario.namespaces ?? []), { name: namespace }];
    const endpoints = [...this.truth.scenario.endpoints, made.endpoint];
    const known = this.truth.scenario.namespaces?.some(({ name }) => name === namespace);
    this.truth.scenario = { ...this.truth.scenario, endpoints, ...(known !== true && { namespaces }) };
    return control;
  }

  /** Meshed, like everything in these namespaces. */
  async createStandIn(spec: StandInSpec): Promise<ControlPod> {
    this.onBehalf.push(spec);
    const { namespace, labels, serviceAccount } = spec;
    const name = `meshfence-${spec.name}-${this.onBehalf.length}`;
    const ip = `10.9.1.${this.onBehalf.length}`;
    const meshed = spec.annotations["linkerd.io/inject"] !== "disabled";
    const made = workload(`${namespace}/${name}`, ip, { meshed, labels: { ...labels }, serviceAccount });
    this.truth.workloads = [...this.truth.workloads, { ...made, pods: made.pods.map((pod) => ({ ...pod, name })) }];
    const endpoints = [...this.truth.scenario.endpoints, made.endpoint];
    this.truth.scenario = { ...this.truth.scenario, endpoints };
    return { namespace, name, container: "control", ip, node: "node" };
  }

  async removeStandIn({ namespace, name }: { namespace: string; name: string }) {
    this.removed.push(`${namespace}/${name}`);
  }

  async removeControlNamespace({ namespace }: { namespace: string }) {
    this.removed.push(namespace);
  }

  async watchDrops(): Promise<DropWatch> {
    return { drops: () => (this.tellsDrops ? this.dropped : []), blind: [], stop: async () => undefined };
  }

  private verdictOf(pod: string, command: readonly string[]): Verdict | undefined {
    const from = this.workload(pod);
    if (from === undefined) return undefined;
    const reachability = compile(this.truth.policies, this.truth.scenario);
    if (command[0] === "getent") {
      const dns = this.truth.scenario.endpoints.find(({ labels }) => labels?.["k8s-app"] === "kube-dns");
      return reachability.verdict({ from: from.id, to: dns?.id ?? "", proto: "UDP", port: 53 });
    }
    const [, ip = "", port = "", path = "/"] = /^http:\/\/([\d.]+):(\d+)(\/.*)/.exec(command.at(-1) ?? "") ?? [];
    const to = this.idOf(ip);
    if (to === from.id) return undefined;
    const verdict = reachability.verdict({ from: from.id, to, proto: "TCP", port: Number(port) });
    if (verdict.linkerd?.routes === undefined) return verdict;
    return new Requests(this.truth.scenario).verdict(verdict, { method: "GET", path })?.verdict ?? verdict;
  }

  private answer(pod: string, command: readonly string[], verdict: Verdict | undefined): ExecAnswer {
    const from = this.workload(pod);
    if (verdict === undefined) return answers.plainAllowed;
    const byLinkerd =
      verdict.ingress !== "denied" && verdict.egress !== "denied" && verdict.linkerd?.verdict === "denied";
    if (byLinkerd) {
      const stray = verdict.linkerd?.reason?.includes("no route") === true;
      this.authorize(verdict, stray ? "stray" : "deny");
      if (!stray) return answers.forbidden;
      return { ...answers.forbidden, stdout: answers.forbidden.stdout.replaceAll("403", "404") };
    }
    if (!verdict.allowed) this.drop(from, verdict);
    if (command[0] === "getent") {
      if (!verdict.allowed) throw new ClusterError("timeout", "no answer within 4 s");
      return { stdout: "10.96.0.1       STREAM kubernetes.default.svc", stderr: "", exitCode: 0, truncated: false };
    }
    if (!verdict.allowed) return from?.meshed ? answers.meshedDenied : answers.plainDenied;
    if (this.closed.has(`${verdict.to} ${verdict.port}`))
      return from?.meshed ? answers.meshedRefused : answers.plainRefused;
    this.count(verdict);
    this.authorize(verdict, "allow");
    return from?.meshed ? answers.meshedAllowed : answers.plainAllowed;
  }

  /** As the target's proxy would. */
  private count({ from, to, port, wire }: Verdict): void {
    const tls = this.tlsLabels(from, wire?.mtls === true);
    this.add(to, `request_total{direction="inbound",srv_port="${port}",route_name="default",${tls}}`);
  }

  /** The counters of its authorization, with the labels of recorded proxies. */
  private authorize({ from, to, port, wire, linkerd }: Verdict, how: "allow" | "deny" | "stray"): void {
    const [kind, name] = /^Server (.*)/.test(linkerd?.owner ?? "")
      ? ["server", linkerd?.owner.slice("Server ".length)]
      : ["default", "all-unauthenticated"];
    const [by] = linkerd?.admittedBy ?? [];
    const authz =
      how !== "allow"
        ? ""
        : by?.startsWith("AuthorizationPolicy ")
          ? `authz_kind="authorizationpolicy",authz_name="${by.slice("AuthorizationPolicy ".length)}",`
          : `authz_kind="default",authz_name="all-unauthenticated",`;
    const route = this.routeOf(linkerd?.admittedBy ?? []) ?? `route_kind="default",route_name="default"`;
    const labels = `srv_kind="${kind}",srv_name="${name}",srv_port="${port}",${route},${authz}`;
    const counter = how === "stray" ? "inbound_http_route_not_found_total" : `inbound_http_authz_${how}_total`;
    this.add(to, `${counter}{${labels}${this.tlsLabels(from, wire?.mtls === true)}}`);
  }

  /** A fence names the authorizations of a route after the route. */
  private routeOf([by = ""]: readonly string[]): string | undefined {
    const [, name] = /^AuthorizationPolicy (.*-requests-\d+)-/.exec(by) ?? [];
    return name === undefined ? undefined : `route_kind="HTTPRoute",route_name="${name}"`;
  }

  private tlsLabels(from: string, secured: boolean): string {
    const { serviceAccount = "default", namespace } =
      this.truth.workloads.find(({ id }) => id === from)?.endpoint ?? {};
    const identity = `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
    return secured && !this.plainText ? `tls="true",client_id="${identity}"` : 'tls="no_identity"';
  }

  private add(to: string, series: string): void {
    const target = this.truth.workloads.find(({ id }) => id === to);
    if (target?.meshed !== true) return;
    const key = `${target.pods[0]?.name} ${series}`;
    this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
  }

  private drop(from: LiveWorkload | undefined, { to, proto, port, wire, egress }: Verdict): void {
    const ip = this.truth.workloads.find(({ id }) => id === to)?.pods[0]?.ip ?? this.endpointIp(to);
    this.dropped.push({
      at: Date.now(),
      node: "node",
      from: { ip: from?.pods[0]?.ip ?? "" },
      to: { ip },
      protocol: proto,
      port: wire?.port ?? port,
      reason: "Policy denied",
      byPolicy: true,
      direction: egress === "denied" ? "egress" : "ingress",
      policies: [],
      seenBy: "hubble",
    });
  }

  private workload(pod: string): LiveWorkload | undefined {
    return this.truth.workloads.find(({ pods }) => pods.some(({ name }) => name === pod));
  }

  private idOf(ip: string): string {
    const workload = this.truth.workloads.find(({ pods }) => pods.some((pod) => pod.ip === ip));
    return workload?.id ?? this.truth.scenario.endpoints.find((endpoint) => endpoint.ip === ip)?.id ?? "";
  }

  private endpointIp(id: string): string {
    return this.truth.scenario.endpoints.find((endpoint) => endpoint.id === id)?.ip ?? "";
  }
}

/** A workload of one pod. */
export function workload(
  id: string,
  ip: string,
  given: { ports?: number[]; meshed?: boolean; labels?: Record<string, string>; serviceAccount?: string } = {},
): LiveWorkload {
  const [namespace = "", name = ""] = id.split("/");
  const { ports = [], meshed = false, labels = { app: name }, serviceAccount = "default" } = given;
  return {
    ...{ id, kind: "Deployment", name, namespace, meshed, hostNetwork: false },
    endpoint: {
      ...{ id, namespace, labels, serviceAccount },
      ports: ports.map((port) => ({ port, protocol: "TCP" })),
      ...(meshed && { mesh: { injected: true } }),
    },
    pods: [
      {
        ...{ name: `${name}-1`, namespace, ip, node: "node", ready: true },
        containers: [{ name, running: true, probe: false }],
      },
    ],
  };
}

/** The snapshot of a cluster with these workloads and policies. */
export function facts(policies: EvaluatedPolicy[], workloads: LiveWorkload[], more: Partial<Scenario> = {}): LiveFacts {
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))].map((name) => ({ name }));
  const scenario: Scenario = {
    namespaces,
    ...more,
    endpoints: [...workloads.map(({ endpoint }) => endpoint), ...(more.endpoints ?? [])],
  };
  return {
    scenario,
    policies,
    workloads,
    standIns: [],
    authorization: more.mesh?.authorization ?? { objects: [] },
    problems: [],
  };
}
