import type { NamedPort, ServiceFacts } from "../../scenario/scenario";

/** A Service, and the numeric ports of pods that it leads to. Named ones are already declared by the pods. */
export interface ServiceManifest extends ServiceFacts {
  targetPorts?: NamedPort[];
  /** Its ports that `config.linkerd.io/opaque-ports` names. */
  opaquePorts?: number[];
}
