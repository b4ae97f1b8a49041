import type { WorkloadSettings } from "../fence/intent";
import type { EndpointSelector } from "./selectors";

/** Pods that do one job, as an end of an edge. */
export interface Workload extends WorkloadSettings {
  /** Which pods of the namespace it is. */
  endpoints: EndpointSelector;
}
