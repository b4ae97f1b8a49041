import { setTimeout as pause } from "node:timers/promises";
import { type Cluster, ClusterError, type LiveFacts, type PodRef } from "../cluster";
import { linkerdNamespace } from "../linkerd/install/names";
import { InboundPolicy } from "../linkerd/policy/inbound";
import { type PolicyView, viewOf } from "../linkerd/policy/view";
import { viewDifferences } from "../linkerd/policy/view-differences";
import { policySettingsOf, policyWorkloadOf } from "../reachability/linkerd/policy-inputs";
import type { Probe } from "./probe";
import type { ProofRequest } from "./proof-request";
import type { ControllerPort, ControllerReport } from "./report";

/** A port to ask the policy controller about. */
export interface PredictedPort {
  /** The workload. */
  to: string;
  pod: PodRef;
  port: number;
  /** The expected answer, or several if it is not known which Server is the oldest; or why nothing is predicted. */
  predicted: readonly PolicyView[] | string;
}

/** How long the controller may take to answer, in seconds. */
const seconds = 10;
/** Its view lags behind the API server's by a moment, so a difference is reported only if it persists. */
const attempts = 3;

/** The namespace of the control plane whose policy controller decides. */
export const controlPlane = ({ authorization }: Pick<LiveFacts, "authorization">): string =>
  authorization.controlPlaneNamespace ?? linkerdNamespace;

/** The probed ports of meshed pods, each once, and what is predicted for them. */
export function controllerPorts(
  probes: readonly Probe[],
  { workloads, authorization }: Pick<LiveFacts, "workloads" | "authorization">,
): PredictedPort[] {
  const policy = new InboundPolicy(authorization.objects, policySettingsOf(authorization));
  const { undecidedIn = {}, widest = [] } = authorization;
  const predictions = new Map<string, PredictedPort>();
  for (const { target, kind, port } of probes) {
    const { pod, meshed, id: to } = target;
    if (!meshed || pod === undefined || kind !== "http") continue;
    const workload = workloads.find(
      ({ namespace, pods }) => namespace === pod.namespace && pods.some(({ name }) => name === pod.name),
    );
    const asks = { to, port, pod: { namespace: pod.namespace, name: pod.name } };
    if (workload === undefined) {
      predictions.set(`${to} ${port}`, { ...asks, predicted: "not predicted: its pod was not read" });
      continue;
    }
    const { endpoint, inbound, namespace } = workload;
    const missing = inbound?.unknown ?? undecidedIn[namespace] ?? undecidedIn["*"] ?? widest[0]?.missing;
    const { labels, ports } = endpoint;
    const facts = { namespace, labels, ...(ports && { ports }), ...(inbound && { inbound }) };
    const views = () => policy.policiesOfPort(policyWorkloadOf(facts), port);
    predictions.set(`${to} ${port}`, {
      ...asks,
      predicted: missing === undefined ? predictedOf(views()) : `not predicted: ${missing}`,
    });
  }
  return [...predictions.values()];
}

/** If a proxy rejects what the controller sends, it denies everything, whatever the controller answers. */
function predictedOf(policies: ReturnType<InboundPolicy["policiesOfPort"]>): PredictedPort["predicted"] {
  const refused = policies.find(({ invalid }) => invalid !== undefined)?.invalid;
  if (refused !== undefined) return `the proxy refuses what the controller sends, and denies everything: ${refused}`;
  return policies.map(viewOf);
}

/** Asks the policy controller about ports. If it cannot be asked, the report says why; that is not an error. */
export async function askController(
  cluster: Pick<Cluster, "inboundPolicies">,
  ports: readonly PredictedPort[],
  { namespace, signal, pauseSeconds = 1 }: { namespace: string } & Pick<ProofRequest, "signal" | "pauseSeconds">,
): Promise<ControllerReport | undefined> {
  if (ports.length === 0) return undefined;
  try {
    for (let attempt = 1; ; attempt++) {
      const { controller, answers } = await cluster.inboundPolicies(namespace, ports, { seconds, signal });
      const found = ports.map((port, place) => compared(port, answers[place] ?? "it did not answer"));
      const isSettled = found.every(
        ({ state }, place) => state === "agrees" || typeof ports[place]?.predicted === "string",
      );
      if (attempt === attempts || isSettled)
        return { answeredBy: `${controller.namespace}/${controller.name}`, ports: found };
      await pause(1000 * pauseSeconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind === "interrupted" || error.kind === "unreachable") throw error;
    const { problem: why, rule, cure } = error;
    const text = rule !== undefined || cure === undefined ? why : `${why}; ${cure}`;
    const how = [why];
    return {
      absent: { text, ...(rule !== undefined && { rules: [rule] }) },
      ports: ports.map(({ to, port }) => ({ to, port, state: "not proven" as const, how })),
    };
  }
}

function compared({ to, port, predicted }: PredictedPort, answer: PolicyView | string): ControllerPort {
  const said = (state: ControllerPort["state"], how: readonly string[]): ControllerPort => ({ to, port, state, how });
  if (typeof answer === "string") return said("not proven", [answer]);
  if (typeof predicted === "string") return said("not proven", [predicted]);
  const differences = predicted.map((view) => viewDifferences(view, answer));
  const best = differences.sort((a, b) => a.length - b.length)[0] ?? [];
  return best.length === 0 ? said("agrees", [answer.owner]) : said("differs", best);
}
