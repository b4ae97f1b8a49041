import type { Refusal } from "./authorization";
import type { Observation } from "./observation";
import type { Prediction } from "./probe";

/** What is known of an edge, beside the answer to its own probe. */
export interface Circumstances {
  observation: Observation;
  /** Packets of this edge that Cilium dropped for a policy's sake, meanwhile: `Policy denied at ingress`. */
  drops: readonly string[];
  /** The same client reached something before, and after. Else what is wrong: `nothing else that it may reach answered`. */
  client: Control;
  /** The target is alive: it reached itself, or somebody reached it. */
  target: Control;
  /** The target's own proxy saw the client's requests on this port. */
  arrived?: boolean;
  /** The target's proxy refused it, or may have. */
  refusal?: Refusal | undefined;
}

export type Control = { works: true; how: string } | { works: false; why: string };

export interface Finding {
  state: "reachable" | "denied" | "inconclusive";
  /** Of a denial: who said so. Absent: nobody, and it is silence. */
  by?: Layer;
  /** What was seen, or what stands in the way of a conclusion. */
  how: string[];
}

/** Which of the two fences stops something. */
export type Layer = "cilium" | "linkerd";

/**
 * Never says "denied" because nothing came back: also the client has to have worked at that time, and the target to have been alive, or
 * Cilium itself has to have said that it dropped the packet.
 */
export function judge({ observation, drops, client, target, arrived = false, refusal }: Circumstances): Finding {
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

/** A 502 is also what a client's proxy says of a packet that Cilium answered with "prohibited", and then Cilium tells of the drop. */
function contradicted({ refusal }: Observation, dropped: readonly string[]): boolean {
  return refusal === true && dropped.length > 0;
}

export type Agreement = "agrees" | "disagrees" | "inconclusive";

/**
 * A denial is as predicted where the fence says it that was predicted to: an edge that Cilium was to drop and that reaches the server's proxy is
 * open but for the other fence.
 *
 * @param layer which was predicted to stop it; undefined: neither
 * @returns what is wrong with it, and how wrong
 */
export function otherLayer(
  layer: Layer | undefined,
  { state, by }: Finding,
): { state: Agreement; how: string } | undefined {
  if (state !== "denied" || layer === undefined || by === layer) return undefined;
  if (layer === "cilium")
    return by === undefined
      ? undefined
      : { state: "disagrees", how: "it reached the proxy, but Cilium should have dropped it" };
  if (by === "cilium") return { state: "disagrees", how: "Cilium dropped what Linkerd should have refused" };
  return { state: "inconclusive", how: "Linkerd should have refused it, and a proxy does not refuse by silence" };
}

export function agreement(predicted: Prediction, found: Finding["state"]): Agreement {
  if (found === "inconclusive") return "inconclusive";
  return (predicted === "allowed") === (found === "reachable") ? "agrees" : "disagrees";
}
