/** Something that has to be true before a probe means anything. */
export interface ReadinessCondition {
  id:
    | "nodes"
    | "agents"
    | "policies"
    | "endpoints"
    | "revision"
    | "managed"
    | "controlPlane"
    | "viz"
    | "workloads"
    | "injection"
    | "certificates";
  /** As a statement: `every policy is valid`. */
  what: string;
  /** Absent where it could not be found out. */
  holds?: boolean;
  /** What holds or does not, an item each: at least one where it does not hold. */
  detail: string[];
  /** What to do where it does not hold. Absent where waiting is all there is to do. */
  cure?: string;
  /** Waiting can't make it true. */
  final?: boolean;
}
