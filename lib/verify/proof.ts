import {
  type Cluster,
  ClusterError,
  controlSeconds,
  factsOf,
  type LiveFacts,
  type Readiness,
  type ReadinessCondition,
  type Snapshot,
  waitUntilReady,
} from "../cluster";
import { compile } from "../reachability/compile";
import { Cleanup } from "./cleanup";
import { askController, controllerPorts, controlPlane } from "./controller";
import { notesOf } from "./notes";
import type { Outside } from "./outside/outside";
import { type ProofPlan, planProof } from "./plan-proof";
import { probeImage } from "./probe-image";
import type { ProofRequest } from "./proof-request";
import type { Note, VerifyReport } from "./report";
import { requireRights } from "./rights";
import { Prober } from "./run/prober";
import { runProbes } from "./run/run-probes";
import { stoppedBy } from "./stopped-by";
import { removeAbandoned } from "./strangers/abandoned";
import { type MadeStranger, makeStrangers } from "./strangers/make";
import { type MadeStandIn, makeStandIns, type StandIn, standInsFor } from "./strangers/stand-ins";
import { type Stranger, strangersFor } from "./strangers/stranger";

const readSeconds = 20;
const runSeconds = 120;
/** Strangers end by themselves after a while; `--watch` replaces them before that. */
const renewSeconds = controlSeconds / 2;

/** What stays the same throughout a proof. */
interface ProofParts {
  cluster: Cluster;
  request: ProofRequest;
  /** Of the pods that probe. */
  image: string;
  cleanup: Cleanup;
  outside: Outside | undefined;
  /** From the start; each run adds its own. */
  notes: readonly Note[];
}

/** A proof in progress, with everything that it created in the cluster and beside it, for one run or many. `close` removes it. */
export class Proof {
  private madeAt = Date.now();

  private constructor(
    private readonly parts: ProofParts,
    private strangers: readonly MadeStranger[],
    private standIns: MadeStandIns,
  ) {}

  /**
   * Reads the cluster and creates what the probes need.
   *
   * @throws ClusterError if that fails; what was created until then is removed
   */
  static async open(cluster: Cluster, request: ProofRequest): Promise<Proof> {
    const { namespaces, signal, progress } = request;
    progress?.(`Reading ${cluster.context}`);
    await requireRights(cluster, request);
    const snapshot = await cluster.read({ namespaces }, { seconds: readSeconds, signal });
    const facts = factsOf(snapshot);
    refuseEmpty(facts, namespaces, cluster.context);
    const abandoned = await removeAbandoned(cluster, snapshot, signal);
    for (const { text } of abandoned) progress?.(text);
    const cleanup = new Cleanup();
    try {
      const wanted = request.strangers ? strangersFor(facts, namespaces, compile(facts.policies, facts.scenario)) : [];
      const onBehalf = request.strangers ? standInsFor(facts, namespaces) : [];
      const image = request.probeImage ?? probeImage(snapshot);
      const pods = wanted.length + onBehalf.length;
      progress?.(pods === 0 ? "Creating no pods" : `Creating ${pods} control pods`);
      const [made, found] = await Promise.allSettled([
        makePods(cluster, { ...request, image }, { strangers: wanted, standIns: onBehalf }, cleanup),
        outsideOf(request, snapshot, cleanup),
      ]);
      if (made.status === "rejected") throw made.reason;
      if (found.status === "rejected") throw found.reason;
      const { strangers, notes, standIns } = made.value;
      const absent =
        typeof found.value === "string" ? [{ text: `Nothing outside the cluster is probed: ${found.value}.` }] : [];
      const outside = typeof found.value === "string" ? undefined : found.value;
      const known = [...abandoned, ...notes, ...absent];
      return new Proof(
        { cluster, request: { ...request, probeImage: image }, image, cleanup, outside, notes: known },
        strangers,
        { wanted: onBehalf, ...standIns },
      );
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  /** Predicts from what runs now, probes, and compares. */
  async run(): Promise<VerifyReport> {
    const started = Date.now();
    if (started - this.madeAt > renewSeconds * 1000) await this.renewPods(this.standIns.wanted);
    let { conditions, snapshot } = await this.untilReady();
    let live = factsOf(snapshot);
    const { cluster, request, outside } = this.parts;
    const wanted = request.strangers ? standInsFor(live, request.namespaces) : [];
    // A Job may have been added, changed or removed since.
    if (JSON.stringify(wanted) !== JSON.stringify(this.standIns.wanted)) {
      await this.renewPods(wanted);
      ({ conditions, snapshot } = await this.untilReady());
      live = factsOf(snapshot);
    }
    const { namespaces, signal, progress } = request;
    const { plan, notes, selfClients, replicas, nodes, scenario, facts } = this.plan(live);
    const watch = await cluster.watchDrops(nodes, { seconds: runSeconds, signal });
    const prober = new Prober(cluster, {
      signal,
      ...(request.probeContainers && request.probeImage !== undefined && { probeImage: request.probeImage }),
    });
    try {
      const workloads = [...facts.workloads, ...facts.standIns];
      const controller = request.controller
        ? await askController(cluster, controllerPorts(plan.probes, { ...facts, workloads }), {
            ...request,
            namespace: controlPlane(facts),
          })
        : undefined;
      const edges = await runProbes(
        {
          cluster,
          prober,
          probes: plan.probes,
          replicas,
          selfClients,
          watch,
          controller,
          stoppedBy: stoppedBy(facts.policies, scenario),
        },
        {
          parallel: request.parallel,
          mtls: request.mtls,
          pauseSeconds: request.pauseSeconds,
          signal,
          progress: (done, total) => progress?.(`Probing: ${done} of ${total}`),
        },
      );
      return {
        context: cluster.context,
        namespaces,
        ...(facts.transportMode !== undefined && { transportMode: facts.transportMode }),
        startedAt: new Date(started).toISOString(),
        seconds: (Date.now() - started) / 1000,
        edges,
        ...(controller !== undefined && { controller }),
        notProbed: plan.notProbed,
        overLimit: plan.overLimit,
        readiness: conditions,
        judged: { scenario, policies: facts.policies, problems: facts.problems },
        notes: [
          ...this.parts.notes,
          ...this.standIns.notes,
          ...notes,
          ...notesOf({ snapshot, facts, blind: watch.blind, request, outside }),
        ],
      };
    } finally {
      await watch.stop();
    }
  }

  private untilReady(): Promise<Readiness> {
    const { strangers } = this;
    const { cluster, request } = this.parts;
    const { namespaces, signal, progress, readySeconds } = request;
    progress?.("Waiting for the cluster to be ready");
    const own = new Set(strangers.map(({ control }) => control.namespace));
    return waitUntilReady(
      cluster,
      { namespaces: [...namespaces, ...own] },
      { seconds: readySeconds, signal },
      (looked) => progress?.(waitingWords(looked)),
    );
  }

  /** Creates new pods before it removes the old ones, so that a failure leaves the old ones. */
  private async renewPods(standIns: readonly StandIn[]): Promise<void> {
    const { cluster, cleanup, request, image } = this.parts;
    const [old] = this.strangers;
    if (old === undefined) {
      this.standIns = { ...this.standIns, wanted: standIns };
      return;
    }
    const wanted = this.strangers.map(({ stranger }) => stranger);
    const made = await makePods(cluster, { ...request, image }, { strangers: wanted, standIns }, cleanup);
    this.madeAt = Date.now();
    this.strangers = made.strangers;
    this.standIns = { wanted: standIns, ...made.standIns };
    await cluster.removeControlNamespace(
      { namespace: old.control.namespace },
      { seconds: readSeconds, signal: request.signal },
    );
  }

  /** Removes everything that was created. Returns what could not be removed, with the reason. */
  close(): Promise<string[]> {
    return this.parts.cleanup.run();
  }

  private plan(facts: LiveFacts): ProofPlan & { facts: LiveFacts } {
    return {
      ...planProof({
        facts,
        namespaces: this.parts.request.namespaces,
        strangers: this.strangers,
        standIns: this.standIns.made,
        outside: this.parts.outside,
        limit: this.parts.request.limit,
      }),
      facts,
    };
  }
}

/** The stand-ins that were wanted, those that were created, and notes on the others. */
interface MadeStandIns {
  wanted: readonly StandIn[];
  made: readonly MadeStandIn[];
  notes: readonly Note[];
}

/** The strangers' namespace owns the stand-ins, so that they go with it if this process is killed. */
async function makePods(
  cluster: Cluster,
  { image, parallel, signal }: Pick<ProofRequest, "parallel" | "signal"> & { image: string },
  wanted: { strangers: readonly Stranger[]; standIns: readonly StandIn[] },
  cleanup: Cleanup,
): Promise<{ strangers: MadeStranger[]; notes: Note[]; standIns: Omit<MadeStandIns, "wanted"> }> {
  const { strangers, notes } = await makeStrangers(cluster, wanted.strangers, image, cleanup, signal);
  const owner = strangers[0]?.control.namespace;
  const { standIns, notes: own } = await makeStandIns(
    cluster,
    wanted.standIns,
    { owner, image, parallel },
    cleanup,
    signal,
  );
  return { strangers, notes, standIns: { made: standIns, notes: own } };
}

async function outsideOf(request: ProofRequest, snapshot: Snapshot, cleanup: Cleanup): Promise<Outside | string> {
  const found = await request.outside(snapshot, request.signal);
  if ("absent" in found) return found.absent;
  cleanup.add(found.description, () => found.remove());
  request.signal.throwIfAborted();
  return found;
}

function refuseEmpty({ workloads }: LiveFacts, namespaces: readonly string[], context: string): void {
  for (const namespace of namespaces) {
    if (workloads.some((workload) => workload.namespace === namespace)) continue;
    throw new ClusterError("absent", `there are no running pods in namespace ${namespace} of ${context}`, {
      cure: "name another with -n, or another cluster with --context",
    });
  }
}

function waitingWords(conditions: readonly ReadinessCondition[]): string {
  const open = conditions.filter(({ holds }) => holds === false).map(({ what }) => what);
  return open.length === 0 ? "The cluster is ready" : `Waiting until ${open.join(", ")}`;
}
