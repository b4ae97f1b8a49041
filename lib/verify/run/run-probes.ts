import { setTimeout as pause } from "node:timers/promises";
import type { Cluster, DropWatch, PodRef } from "../../cluster";
import type { Verdict } from "../../reachability/verdict";
import { type AuthorizationCounts, admissionOf, authorizationCounts } from "../authorization";
import { type Answer, conclude, selfProbeKey } from "../conclude";
import { type Arrival, arrivalOf } from "../mtls";
import type { Observation } from "../observation";
import type { Client, Probe } from "../probe";
import type { ControllerReport, EdgeReport } from "../report";
import { type Traffic, trafficOf } from "../traffic";
import { pool } from "./pool";
import type { Prober } from "./prober";
import { increaseOf, podKey, type Reading, readProxies } from "./proxies";

export interface RunOptions {
  /** How many commands run at once. */
  parallel: number;
  /** Whether to read from the proxies how requests arrived. */
  mtls: boolean;
  signal?: AbortSignal;
  /** Called after each probe. */
  progress?: (done: number, total: number) => void;
  /** Seconds before an edge that should be reachable is probed again. Default: 1. */
  pauseSeconds?: number | undefined;
}

/** The plan of a run. */
export interface RunInput {
  cluster: Cluster;
  prober: Prober;
  probes: readonly Probe[];
  /** All pods of each target, for counting its traffic. */
  replicas: ReadonlyMap<string, readonly PodRef[]>;
  /** For each target, a client in its own pod, which tells whether the target is alive. */
  selfClients: ReadonlyMap<string, Client>;
  watch: DropWatch;
  /** The policy controller's view of the probed ports. Absent: it was not asked. */
  controller?: ControllerReport | undefined;
  stoppedBy: (verdict: Verdict) => string | undefined;
}

/** How often an edge that should be reachable is probed before it counts as unreachable. */
const attempts = 3;

/**
 * How often, and after how many seconds each, a proxy is asked again that decides otherwise than the policy controller. A proxy keeps the stream to a
 * controller that is being replaced, and with it an older policy, until that pod is gone: on a live cluster, Servers that an upgrade of the control
 * plane had deleted still refused requests ten seconds later.
 */
const lag = { attempts: 20, pauseSeconds: 3 };

/**
 * Sends all probes. First the meshed ones that should be allowed, between two readings of the proxies' counters; then the other allowed
 * ones; then those that should be denied; then again what an outdated proxy decided; at the end the controls once more.
 */
export async function runProbes(input: RunInput, options: RunOptions): Promise<EdgeReport[]> {
  return new Run(input, options).all();
}

class Run {
  private readonly answers = new Map<string, Answer>();
  private readonly arrivals = new Map<string, Arrival | string>();
  private readonly counted = new Map<string, AuthorizationCounts | string>();
  private readonly asked = new Map<string, number>();
  /** What the target's proxy did at first, where it decided by an older policy and then by the current one. */
  private readonly lagged = new Map<string, string>();
  private done = 0;

  constructor(
    private readonly input: RunInput,
    private readonly options: RunOptions,
  ) {}

  async all(): Promise<EdgeReport[]> {
    const { probes, watch, stoppedBy } = this.input;
    const allowed = probes.filter(({ predicted }) => predicted === "allowed");
    const denied = probes.filter(({ predicted }) => predicted === "denied");
    const meshed = allowed.filter(({ verdict }) => verdict.wire?.mtls === true);
    const plain = allowed.filter(({ verdict }) => verdict.wire?.mtls !== true);
    const start = await this.readAll();
    await this.askBetweenReadings(meshed);
    await this.askUntilReached(plain);
    const selfAnswers = await this.probeTargets([...denied, ...allowed.filter((probe) => this.mayBeRefused(probe))]);
    await this.askDenied(denied);
    await this.askUntilCurrent(selfAnswers);
    const repeated = await this.askControlsAgain(denied);
    const traffic = this.trafficOf(meshed, start, await this.readAll());
    await watch.stop();
    const { answers, arrivals, counted, lagged } = this;
    const evidence = { probes, answers, arrivals, counted, lagged, repeated, selfAnswers, traffic };
    return conclude({ ...evidence, drops: watch.drops() }, stoppedBy);
  }

  private async askBetweenReadings(probes: readonly Probe[]): Promise<void> {
    if (!this.options.mtls) return this.askUntilReached(probes);
    let open = probes;
    // Other plain-text traffic may interfere in one attempt and not in the next.
    for (let attempt = 0; attempt < attempts && open.length > 0; attempt++) {
      const asked = open;
      await this.betweenReadings(asked, () =>
        attempt === 0 ? this.askUntilReached(asked) : this.pool(asked, (probe) => this.askAgain(probe)),
      );
      open = open.filter((probe) => {
        const { key } = probe;
        if (this.wasRefused(probe)) return false;
        const arrival = this.arrivals.get(key);
        const reached = this.answers.get(key)?.observation.outcome === "reached";
        return reached && typeof arrival === "object" && arrival.how !== "mTLS";
      });
    }
  }

  /** Sends the probes that should be denied. Two readings of the counters show whether Linkerd refused. */
  private async askDenied(denied: readonly Probe[]): Promise<void> {
    const decided = denied.filter(({ target, verdict }) => target.meshed && verdict.linkerd !== undefined);
    const pods = this.options.mtls ? podsOf(decided) : [];
    const before = await this.read(pods);
    await this.pool(denied, (probe) => this.ask(probe));
    const after = await this.read(pods);
    if (this.options.mtls) for (const probe of decided) this.counted.set(probe.key, countedAt(probe, before, after));
  }

  /** Asks again where a proxy does not decide by the current policy, until it does. */
  private async askUntilCurrent(selfAnswers: ReadonlyMap<string, Observation>): Promise<void> {
    const began = Date.now();
    const first = this.outdated(this.input.probes, selfAnswers);
    const words = new Map(first.map((probe) => [probe.key, this.wasRefused(probe) ? "refused it" : "admitted it"]));
    let open = first;
    for (let attempt = 0; attempt < lag.attempts && open.length > 0; attempt++) {
      const seconds = lag.pauseSeconds * (this.options.pauseSeconds ?? 1);
      await pause(1000 * seconds, undefined, { signal: this.options.signal });
      const asked = open;
      await this.betweenReadings(asked, () => this.pool(asked, (probe) => this.askAgain(probe)));
      open = this.outdated(asked, selfAnswers);
      const took = Math.round((Date.now() - began) / 1000);
      for (const { key } of asked.filter((probe) => !open.includes(probe)))
        this.lagged.set(key, `for ${took} s the target's proxy still had an older policy and ${words.get(key)}`);
    }
  }

  /** The probes whose result does not match because the target's proxy decided by an older policy, or may have. */
  private outdated(probes: readonly Probe[], selfAnswers: ReadonlyMap<string, Observation>): Probe[] {
    const candidates = probes.filter((probe) => this.answers.has(probe.key) && this.isOutdated(probe));
    const { answers, arrivals, counted, lagged } = this;
    const evidence = { probes: candidates, answers, arrivals, counted, lagged, selfAnswers };
    const edges = conclude(
      { ...evidence, repeated: new Map(), traffic: new Map(), drops: this.input.watch.drops() },
      this.input.stoppedBy,
    );
    // The counters also have other traffic of the same identity, or of all clients without one.
    return candidates.filter((_, index) => edges[index]?.agreement === "disagrees");
  }

  /**
   * Whether the target's proxy decided otherwise than predicted, while the policy controller decides as predicted or was not asked, by the proxy's
   * own counters.
   */
  private isOutdated(probe: Probe): boolean {
    const { key, target, port, predicted, verdict, route } = probe;
    const counted = this.counted.get(key);
    if (!target.meshed || typeof counted !== "object") return false;
    const { ports = [] } = this.input.controller ?? {};
    if (ports.some((one) => one.to === target.id && one.port === port && one.state === "differs")) return false;
    if (predicted === "allowed")
      return counted.refused.length > 0 || admissionOf(counted, verdict.linkerd, route)?.state === "differs";
    return verdict.linkerd?.verdict === "denied" && counted.admitted.length > 0 && counted.refused.length === 0;
  }

  /** Asks between two readings of the counters of the targets' proxies. */
  private async betweenReadings(probes: readonly Probe[], ask: () => Promise<void>): Promise<void> {
    const pods = podsOf(probes);
    const before = await this.read(pods);
    await ask();
    const after = await this.read(pods);
    for (const probe of probes) {
      this.arrivals.set(probe.key, arrivalAt(probe, before, after));
      this.counted.set(probe.key, countedAt(probe, before, after));
    }
  }

  private wasRefused({ key }: Probe): boolean {
    const counted = this.counted.get(key);
    return typeof counted === "object" && counted.refused.length > 0;
  }

  /** Whether the answer may be a refusal of the target's proxy. */
  private mayBeRefused({ key, target }: Probe): boolean {
    const status = this.answers.get(key)?.observation.status;
    return target.meshed && (status === 403 || status === 404);
  }

  private async askUntilReached(probes: readonly Probe[]): Promise<void> {
    await this.pool(probes, async (probe) => {
      await this.ask(probe);
      for (let attempt = 1; attempt < attempts; attempt++) {
        if (this.answers.get(probe.key)?.observation.outcome === "reached") return;
        await pause(1000 * (this.options.pauseSeconds ?? 1), undefined, { signal: this.options.signal });
        await this.askAgain(probe);
      }
    });
  }

  private async ask(probe: Probe): Promise<void> {
    await this.askAgain(probe);
    this.options.progress?.(++this.done, this.input.probes.length);
  }

  private async askAgain(probe: Probe): Promise<void> {
    const since = this.answers.get(probe.key)?.since ?? Date.now();
    this.answers.set(probe.key, { observation: await this.observe(probe), since });
  }

  private observe(probe: Probe): Promise<Observation> {
    this.asked.set(probe.key, (this.asked.get(probe.key) ?? 0) + 1);
    return this.input.prober.probe(probe);
  }

  /** What targets answer their own pods, which shows whether they are alive. */
  private async probeTargets(probes: readonly Probe[]): Promise<Map<string, Observation>> {
    const { prober, selfClients } = this.input;
    const wanted = new Map<string, { client: Client; probe: Probe }>();
    for (const probe of probes) {
      const client = selfClients.get(probe.target.id);
      if (client !== undefined) wanted.set(selfProbeKey(probe), { client, probe });
    }
    const found = new Map<string, Observation>();
    await this.pool([...wanted], async ([key, { client, probe }]) => {
      found.set(key, await prober.selfProbe(client, probe.port, probe.request));
    });
    return found;
  }

  /** Repeats, for each client of a denied edge, one probe that had reached its target. */
  private async askControlsAgain(denied: readonly Probe[]): Promise<Map<string, Observation>> {
    const clients = new Set(denied.map(({ client }) => client.id));
    const controls = new Map<string, Probe>();
    for (const probe of this.input.probes) {
      const reached = this.answers.get(probe.key)?.observation.outcome === "reached";
      if (reached && clients.has(probe.client.id) && !controls.has(probe.client.id))
        controls.set(probe.client.id, probe);
    }
    const repeated = new Map<string, Observation>();
    await this.pool([...controls], async ([client, probe]) => {
      repeated.set(client, await this.observe(probe));
    });
    return repeated;
  }

  private trafficOf(meshed: readonly Probe[], before: Reading, after: Reading): Map<string, Traffic> {
    const found = new Map<string, Traffic>();
    const seconds = (after.at - before.at) / 1000;
    for (const { key, client, target, port } of meshed) {
      const arrival = this.arrivals.get(key);
      if (typeof arrival !== "object" || arrival.identity === undefined) continue;
      const { identity } = arrival;
      const shared = meshed.filter((other) => {
        const arrived = this.arrivals.get(other.key);
        const sameEnd = other.target.id === target.id && other.port === port;
        return sameEnd && typeof arrived === "object" && arrived.identity === identity;
      });
      // Workloads that share a service account share its identity, so the traffic cannot be attributed to one of them.
      if (shared.some((other) => other.client.id !== client.id) || shared[0]?.key !== key) continue;
      const pods = this.input.replicas.get(target.id) ?? [];
      const increases = pods.flatMap((pod) => {
        const one = increaseOf(pod, before, after);
        return typeof one === "string" ? [] : one;
      });
      const probes = shared.reduce((total, other) => total + (this.asked.get(other.key) ?? 0), 0);
      const traffic = trafficOf(increases, { port, identity, probes, seconds });
      if (traffic !== undefined) found.set(key, traffic);
    }
    return found;
  }

  /** The counters of all pods of all meshed targets. */
  private readAll(): Promise<Reading> {
    const targets = new Set(podsOf(this.input.probes.filter(({ verdict }) => verdict.wire?.mtls === true)).map(podKey));
    const pods = [...this.input.replicas.values()].filter((replicas) =>
      replicas.some((pod) => targets.has(podKey(pod))),
    );
    return this.read(this.options.mtls ? pods.flat() : []);
  }

  private read(pods: readonly PodRef[]): Promise<Reading> {
    return readProxies(this.input.cluster, pods, this.options.signal);
  }

  private async pool<T>(tasks: readonly T[], run: (task: T) => Promise<void>): Promise<void> {
    await pool(tasks, this.options.parallel, async (task) => {
      this.options.signal?.throwIfAborted();
      await run(task);
    });
  }
}

function podsOf(probes: readonly Probe[]): PodRef[] {
  const pods = new Map<string, PodRef>();
  for (const { target } of probes) {
    if (target.pod !== undefined)
      pods.set(podKey(target.pod), { namespace: target.pod.namespace, name: target.pod.name });
  }
  return [...pods.values()];
}

function arrivalAt({ target, port, client }: Probe, before: Reading, after: Reading): Arrival | string {
  if (target.pod === undefined) return "it is not a pod";
  const increases = increaseOf(target.pod, before, after);
  return typeof increases === "string" ? increases : arrivalOf(increases, port, client);
}

function countedAt(
  { target, port, client, verdict }: Probe,
  before: Reading,
  after: Reading,
): AuthorizationCounts | string {
  if (target.pod === undefined) return "it is not a pod";
  const increases = increaseOf(target.pod, before, after);
  const { serviceAccount, namespace } = client;
  const secured = client.meshed && verdict.wire?.mtls === true;
  return typeof increases === "string"
    ? increases
    : authorizationCounts(increases, port, { serviceAccount, namespace, secured });
}
