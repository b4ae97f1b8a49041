import type { Protocol } from "../cilium/model/port";
import type { LabelExpression } from "../kubernetes/label-selector";

// TypeScript's unions in a form that a Pulumi schema can express, see peers.ts.

/**
 * A selector of pods: either `all`, or labels and expressions that must all hold. An empty one is refused, because the meaning of `{}` depends on the
 * context.
 */
export interface EndpointSelector {
  /** Every pod there is: of the namespace, or in a clusterwide policy of the cluster. */
  all?: boolean;
  /** Labels that the pods carry, all of them. */
  matchLabels?: { [key: string]: string };
  /** Expressions that hold for the pods, all of them. */
  matchExpressions?: LabelExpression[];
}

/** Which namespaces a peer's pods are in. Exactly one member. */
export interface NamespaceSelector {
  /** The one namespace of this name. */
  name?: string;
  /** By the labels of the namespace. */
  matchLabels?: { [key: string]: string };
  /** Every namespace of the cluster. */
  all?: boolean;
}

/**
 * A port, a range, a container's port by name, or every port of a protocol. Exactly one of `number`, `name` and `all`. Create it with the constructors
 * of the same name.
 *
 * It is the port of the packet at the pod's network interface: the container's port, never a Service's; between two meshed pods in the mode
 * `transport-header`, Linkerd's 4143.
 */
export interface Port {
  /** 1 to 65535. */
  number?: number;
  /** With `number`: the last port of the range, 1 to 65535. */
  endPort?: number;
  /** A container port's name, as in `ports[].name` of the pod's containers. Not of its init containers. */
  name?: string;
  /** Every port of `protocol`. */
  all?: boolean;
  /** The transport protocol. */
  protocol: Protocol;
}
