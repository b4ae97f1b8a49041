import type { WorkloadSettings } from "../fence/workload";
import type { EndpointSelector } from "./selectors";

/** Pods with the same purpose, as an end of an edge. */
export interface Workload extends WorkloadSettings {
  /** Its pods in the namespace. */
  endpoints: EndpointSelector;
}
