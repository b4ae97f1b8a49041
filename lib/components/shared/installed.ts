import type * as pulumi from "@pulumi/pulumi";
import type { TransportMode } from "../../scenario/transport-mode";

/** What other components need to know of an installed Linkerd: a `Linkerd` component, or the same facts about an existing one. */
export interface LinkerdInstallation {
  /** The control plane's `proxy.outboundTransportMode`. */
  readonly transportMode: pulumi.Input<TransportMode>;
}

/** What other components need to know of an installed Cilium: a `Cilium` component, or the same facts about an existing one. */
export interface CiliumInstallation {
  /** Whether it runs its L7 proxy; without one, it refuses policies with HTTP or DNS rules. */
  readonly l7Proxy: pulumi.Input<boolean>;
  /** Its `cluster.name`. */
  readonly clusterName: pulumi.Input<string>;
}
