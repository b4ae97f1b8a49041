import type { Missing } from "../access";
import type { Snapshot } from "../snapshot";

/** A condition under which a probe is meaningful. */
export interface ReadinessCondition {
  id: ConditionId;
  /** As a statement: `every policy is valid`. */
  what: string;
  /** Absent: it could not be determined, and `detail` says why. */
  holds?: boolean;
  /** What does not hold, item by item; if all holds, what was checked. */
  detail: string[];
  /** What to do if it does not hold. Absent: wait. */
  cure?: string;
  /** Whether waiting cannot help. */
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

/** A reason why a condition does not hold. */
export interface Obstacle {
  detail: string;
  cure?: string;
  final?: boolean;
}

/** A condition that holds if there is no reason against it. */
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

/** Why something was not read; undefined if it was. */
export function unread({ missing }: Pick<Snapshot, "missing">, ...of: readonly Missing["of"][]): string[] {
  return missing.filter((one) => of.includes(one.of)).map(({ what, why }) => `${what} could not be read: ${why}`);
}

/** `1 node`, `3 nodes` */
export const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
