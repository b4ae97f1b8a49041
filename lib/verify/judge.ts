import type { Refusal } from "./authorization";
import type { Observation } from "./observation";
import type { Prediction } from "./probe";

/** The answer to a probe, and everything else that helps to interpret it. */
export interface ProbeEvidence {
  observation: Observation;
  /** Packets of this edge that Cilium dropped because of a policy during the probe: `Policy denied at ingress`. */
  drops: readonly string[];
  /** Whether the same client reached something else before and after. */
  client: Control;
  /** Whether the target is alive: it answered itself, or another client. */
  target: Control;
  /** Whether the target's own proxy saw the client's requests on this port. */
  arrived?: boolean;
  /** The target's proxy refused it, or may have. */
  refusal?: Refusal | undefined;
}

/** An experimental control: evidence that silence does not just mean a broken client or a dead target. */
export type Control = { works: true; how: string } | { works: false; why: string };

export interface Conclusion {
  state: "reachable" | "denied" | "inconclusive";
  /** Which layer was seen to deny it. Absent: there was only silence. */
  by?: Layer;
  /** What was seen, or what prevents a conclusion. */
  how: string[];
}

/** Which of the two fences stops something. */
export type Layer = "cilium" | "linkerd";

/**
 * Silence alone is never a denial: either both controls work, or Cilium reported the drop.
 */
export function judge({ observation, drops, client, target, arrived = false, refusal }: ProbeEvidence): Conclusion {
  const { outcome, how } = observation;
  const dropped = drops.length > 0 ? [`Cilium dropped it: ${drops.join(", ")}`] : [];
  if (outcome === "none") return { state: "inconclusive", how: [how] };
  if (refusal?.state === "refused") return { state: "denied", by: "linkerd", how: [how, refusal.how] };
  if (refusal?.state === "unclear") return { state: "inconclusive", how: [how, refusal.how] };
  if (outcome === "reached" && !contradicted(observation, dropped)) return { state: "reachable", how: [how] };
  if (arrived && outcome === "ambiguous") {
    return { state: "reachable", how: [how, "the target's proxy saw it arrive"] };
  }
  if (dropped.length > 0) return { state: "denied", by: "cilium", how: [how, ...dropped] };
  if (outcome === "ambiguous") {
    return { state: "inconclusive", how: [how, "which may or may not be a denial"] };
  }
  const missing = [
    ...(client.works ? [] : [`no working control for the client: ${client.why}`]),
    ...(target.works ? [] : [`no working control for the target: ${target.why}`]),
  ];
  if (missing.length > 0) return { state: "inconclusive", how: [how, ...missing] };
  return {
    state: "denied",
    how: [how, ...[client, target].flatMap((control) => (control.works ? [control.how] : []))],
  };
}

/** A client's proxy also answers 502 where Cilium answered with ICMP "prohibited"; Cilium then reports the drop. */
function contradicted({ refusal }: Observation, dropped: readonly string[]): boolean {
  return refusal === true && dropped.length > 0;
}

export type Agreement = "agrees" | "disagrees" | "inconclusive";

/**
 * Whether the wrong layer denied it. An edge that Cilium should have dropped but that reached the server's proxy is protected by one layer
 * only.
 *
 * @param layer The layer that was predicted to deny it; undefined if neither was.
 * @returns Undefined if the predicted layer denied it.
 */
export function otherLayer(
  layer: Layer | undefined,
  { state, by }: Conclusion,
): { state: Agreement; how: string } | undefined {
  if (state !== "denied" || layer === undefined || by === layer) return undefined;
  if (layer === "cilium")
    return by === undefined
      ? undefined
      : { state: "disagrees", how: "it reached the proxy, but Cilium should have dropped it" };
  if (by === "cilium") return { state: "disagrees", how: "Cilium dropped what Linkerd should have refused" };
  return { state: "inconclusive", how: "Linkerd should have refused it, and a proxy does not refuse by silence" };
}

export function agreement(predicted: Prediction, found: Conclusion["state"]): Agreement {
  if (found === "inconclusive") return "inconclusive";
  return (predicted === "allowed") === (found === "reachable") ? "agrees" : "disagrees";
}
