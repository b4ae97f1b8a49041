import type { Drop } from "../cluster";
import type { Verdict } from "../reachability/verdict";
import { type Admission, type AuthorizationCounts, admissionOf, refusalOf } from "./authorization";
import { dropsOf, policiesOf } from "./drop-evidence";
import { agreement, type Conclusion, type Control, judge, type Layer, otherLayer } from "./judge";
import type { Arrival } from "./mtls";
import type { Observation } from "./observation";
import { type Probe, requestWords } from "./probe";
import type { EdgeReport } from "./report";
import type { Traffic } from "./traffic";

/** Everything that was seen in one run. */
export interface RunEvidence {
  probes: readonly Probe[];
  /** The answer to each probe, by its key. */
  answers: ReadonlyMap<string, Answer>;
  /** By client: its control, repeated after the denied edges. */
  repeated: ReadonlyMap<string, Observation>;
  /** What a target answered itself, by {@link selfProbeKey}. */
  selfAnswers: ReadonlyMap<string, Observation>;
  drops: readonly Drop[];
  /** How requests arrived at the target, by the probe's key; or why that is not known. Empty where it was not checked. */
  arrivals: ReadonlyMap<string, Arrival | string>;
  /** What the target's proxy admitted and refused, by the probe's key; or why that is not known. */
  counted: ReadonlyMap<string, AuthorizationCounts | string>;
  /** What the target's proxy did before it had the current policy, by the probe's key. */
  lagged: ReadonlyMap<string, string>;
  traffic: ReadonlyMap<string, Traffic>;
}

export interface Answer {
  observation: Observation;
  /** When it was first sent, in milliseconds since 1970. */
  since: number;
}

export const selfProbeKey = ({ target, port, request }: Pick<Probe, "target" | "port" | "request">): string =>
  `${target.id} ${port}${requestWords(request)}`;

/** @param stoppedBy describes the policies that are predicted to stop a flow */
export function conclude(evidence: RunEvidence, stoppedBy: (verdict: Verdict) => string | undefined): EdgeReport[] {
  const controls = new Controls(evidence);
  return evidence.probes.flatMap((probe): EdgeReport[] => {
    const answer = evidence.answers.get(probe.key);
    if (answer === undefined) return [];
    const drops = dropsOf(probe, evidence.drops, answer.since);
    const arrival = evidence.arrivals.get(probe.key);
    const counted = evidence.counted.get(probe.key);
    const self = evidence.selfAnswers.get(selfProbeKey(probe));
    const conclusion = judge({
      observation: answer.observation,
      drops,
      // Before a target without a proxy it is the client's own that refuses, as where an EgressNetwork denies.
      refusal:
        probe.target.meshed || answer.observation.proxyError !== undefined
          ? refusalOf(answer.observation, counted, self)
          : undefined,
      client: controls.ofClient(probe),
      target: controls.ofTarget(probe),
      arrived: typeof arrival === "object" && arrival.how === "mTLS",
    });
    const { from, to, proto, port } = probe.verdict;
    const { request } = probe;
    const edge = {
      from,
      to,
      proto,
      port,
      ...(request !== undefined && { request }),
      predicted: probe.predicted,
      verdict: probe.verdict,
    };
    const mtls = mtlsOf(probe, conclusion, arrival);
    const admission =
      conclusion.state === "reachable" ? admissionOf(counted, probe.verdict.linkerd, probe.route) : undefined;
    const lagged = evidence.lagged.get(probe.key);
    const other = otherLayer(layerOf(probe.verdict), conclusion);
    const stopped = stoppedByOf(probe, conclusion, evidence.drops, stoppedBy);
    const traffic = conclusion.state === "reachable" ? evidence.traffic.get(probe.key) : undefined;
    return [
      {
        ...edge,
        observed: conclusion.state,
        how: [
          ...conclusion.how,
          ...(other === undefined ? [] : [other.how]),
          ...(lagged === undefined ? [] : [lagged]),
        ],
        ...(mtls && { mtls }),
        ...(admission && { admission }),
        ...(stopped && { stoppedBy: stopped }),
        ...(traffic && { traffic }),
        agreement: other?.state ?? overall(agreement(probe.predicted, conclusion.state), mtls, admission),
      },
    ];
  });
}

function mtlsOf(
  { verdict, kind }: Probe,
  { state }: Conclusion,
  arrival: Arrival | string | undefined,
): EdgeReport["mtls"] {
  if (verdict.wire?.mtls !== true || kind !== "http" || state !== "reachable" || arrival === undefined)
    return undefined;
  if (typeof arrival === "string") return { state: "not proven", how: `the target's proxy was not heard: ${arrival}` };
  const { how, identity = "", count } = arrival;
  const requests = count === 1 ? "a request" : `${count} requests`;
  switch (how) {
    case "mTLS":
      return { state: "proven", how: `the target's proxy counted ${requests} from ${identity}` };
    case "plain text":
      return { state: "plain text", how: `the target's proxy counted ${requests} without an identity` };
    case "mixed":
      return { state: "not proven", how: "plain text came to the same port meanwhile" };
    case "not seen":
      return { state: "not proven", how: "the target's proxy counted nothing from the client" };
  }
}

/** The layer that is predicted to deny it. Packets meet Cilium first. */
function layerOf({ egress, ingress, linkerd }: Verdict): Layer | undefined {
  if (egress === "denied" || ingress === "denied") return "cilium";
  return linkerd?.verdict === "denied" ? "linkerd" : undefined;
}

/**
 * Whether an edge agrees as a whole. If mTLS is predicted, plain text disagrees, and without a proof of mTLS the result is inconclusive. An edge that
 * another object admits than predicted disagrees, too.
 */
function overall(
  found: EdgeReport["agreement"],
  mtls: EdgeReport["mtls"],
  admission: Admission | undefined,
): EdgeReport["agreement"] {
  if (found !== "agrees") return found;
  if (admission?.state === "differs") return "disagrees";
  if (mtls === undefined || mtls.state === "proven") return "agrees";
  return mtls.state === "plain text" ? "disagrees" : "inconclusive";
}

function stoppedByOf(
  probe: Probe,
  { state }: Conclusion,
  drops: readonly Drop[],
  stoppedBy: (verdict: Verdict) => string | undefined,
): EdgeReport["stoppedBy"] {
  if (state !== "denied" && probe.predicted !== "denied") return undefined;
  const seen = policiesOf(probe, drops);
  if (seen.length > 0) return { by: seen.join(", "), source: "seen" };
  const predicted = stoppedBy(probe.verdict);
  return predicted === undefined ? undefined : { by: predicted, source: "predicted" };
}

/** Whether silence may be taken for a denial. */
class Controls {
  /** The first thing that each client reached. */
  private readonly reached = new Map<string, Probe>();
  private readonly reachedTargets = new Map<string, Probe>();

  constructor(private readonly evidence: RunEvidence) {
    for (const probe of evidence.probes) {
      if (evidence.answers.get(probe.key)?.observation.outcome !== "reached") continue;
      if (!this.reached.has(probe.client.id)) this.reached.set(probe.client.id, probe);
      if (!this.reachedTargets.has(probe.target.id)) this.reachedTargets.set(probe.target.id, probe);
    }
  }

  ofClient({ client }: Probe): Control {
    const control = this.reached.get(client.id);
    if (control === undefined) return { works: false, why: "nothing that it may reach answered it" };
    const { to, proto, port } = control.verdict;
    const again = this.evidence.repeated.get(client.id);
    if (again?.outcome === "reached")
      return { works: true, how: `the client reached ${to} ${proto} ${port} before and after` };
    return {
      works: false,
      why: `it reached ${to} ${proto} ${port} before, but not after: ${again?.how ?? "nobody asked"}`,
    };
  }

  ofTarget(probe: Probe): Control {
    const { target } = probe;
    const self = this.evidence.selfAnswers.get(selfProbeKey(probe));
    if (self?.outcome === "reached") {
      const words =
        self.refusal === true ? "the target is alive, though nothing listens there" : "the target answers itself";
      return { works: true, how: words };
    }
    const other = this.reachedTargets.get(target.id);
    if (other !== undefined) return { works: true, how: `${other.client.id} reached the target` };
    return { works: false, why: self === undefined ? "nobody reached it" : `it did not answer itself: ${self.how}` };
  }
}
