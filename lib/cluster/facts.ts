import type { Problem } from "../manifests/problem";
import type { TransportMode } from "../mesh/transport";
import type { PolicyManifest } from "../policy/manifest";
import type { EndpointFacts, Scenario } from "../reachability/scenario";
import type { Snapshot } from "./snapshot";

/** Pods of one workload that are the same to Cilium and to Linkerd. */
export interface LiveWorkload {
  /** That of its endpoint in the scenario. */
  id: string;
  kind: string;
  name: string;
  namespace: string;
  /** A proxy runs in its pods. */
  meshed: boolean;
  /** In the network of their node: their policy is the node's. */
  hostNetwork: boolean;
  endpoint: EndpointFacts;
  pods: LivePod[];
}

export interface LivePod {
  name: string;
  namespace: string;
  ip: string;
  node: string;
  ready: boolean;
  /** Of the application, with those that are probes of ours; without the proxy. */
  containers: { name: string; running: boolean; probe: boolean }[];
}

/** What runs, in the form that the engine predicts from. */
export interface LiveFacts {
  scenario: Scenario;
  policies: PolicyManifest[];
  workloads: LiveWorkload[];
  /** Absent where nothing is meshed, or where it could not be found out; the scenario then has the chart's. */
  transportMode?: TransportMode;
  /** What the prediction does not take into account, or takes from less than it should. */
  problems: Problem[];
}

/** Turns what the API server says into what can be predicted from. Only what runs counts: not what a template would make of it. */
export function factsOf(_snapshot: Snapshot): LiveFacts {
  throw new Error("not there yet");
}
