import type { Missing } from "../access";
import type { Snapshot } from "../snapshot";

/** Something that has to be true before a probe means anything. */
export interface ReadinessCondition {
  id: ConditionId;
  /** As a statement: `every policy is valid`. */
  what: string;
  /** Absent where it could not be found out; `detail` says why. */
  holds?: boolean;
  /** What does not hold, an item each; where it holds, what was looked at. */
  detail: string[];
  /** What to do where it does not hold. Absent where waiting is all there is to do. */
  cure?: string;
  /** Waiting alone can't make it true. */
  final?: boolean;
}

export type ConditionId =
  | "nodes"
  | "agents"
  | "policies"
  | "managed"
  | "endpoints"
  | "revision"
  | "controlPlane"
  | "viz"
  | "workloads"
  | "injection"
  | "certificates";

/** Something that stands in the way. */
export interface Obstacle {
  detail: string;
  cure?: string;
  final?: boolean;
}

/** A condition that holds where nothing stands in its way. */
export function condition(
  id: ConditionId,
  what: string,
  obstacles: readonly Obstacle[],
  looked: string,
): ReadinessCondition {
  if (obstacles.length === 0) return { id, what, holds: true, detail: [looked] };
  const cures = [...new Set(obstacles.flatMap(({ cure }) => cure ?? []))];
  return {
    id,
    what,
    holds: false,
    detail: obstacles.map(({ detail }) => detail),
    ...(cures.length > 0 && { cure: cures.join("; ") }),
    ...(obstacles.some(({ final }) => final) && { final: true }),
  };
}

/** A condition on something that could not be read. */
export function unknown(id: ConditionId, what: string, why: readonly string[]): ReadinessCondition {
  return { id, what, detail: [...why] };
}

/** Why something was not read, where it was not. */
export function unread({ missing }: Pick<Snapshot, "missing">, ...of: readonly Missing["of"][]): string[] {
  return missing.filter((one) => of.includes(one.of)).map(({ what, why }) => `${what} could not be read: ${why}`);
}

/** `1 node`, `3 nodes` */
export const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
