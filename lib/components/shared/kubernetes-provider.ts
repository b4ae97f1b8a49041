import type * as pulumi from "@pulumi/pulumi";
import { componentError } from "./refuse";

/**
 * Refuses a component without an explicit Kubernetes provider. Pulumi would fall back to the current context of the
 * user's kubeconfig, so that a forgotten option changes whichever cluster that happens to be.
 *
 * @throws pulumi.ResourceError when neither the component nor an ancestor was given a provider for Kubernetes.
 */
export function requireKubernetesProvider(component: pulumi.ComponentResource): void {
  if (component.getProvider("kubernetes::") !== undefined) return;
  throw componentError(
    component,
    "no Kubernetes provider: pass { provider } in the component's options, e.g. { provider: cluster.provider } or " +
      '{ provider: new kubernetes.Provider("cluster", { context: "my-cluster" }) }',
  );
}
