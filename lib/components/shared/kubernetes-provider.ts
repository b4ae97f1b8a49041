import type * as pulumi from "@pulumi/pulumi";
import { problem } from "../../common/problem";
import { refuse } from "./refuse";

/**
 * Refuses a component without an explicit Kubernetes provider. Otherwise Pulumi would fall back to the kubeconfig's current
 * context, and a forgotten option would change whichever cluster that happens to be.
 *
 * @throws pulumi.ResourceError if neither the component nor an ancestor has a provider for Kubernetes.
 */
export function requireKubernetesProvider(component: pulumi.ComponentResource): void {
  if (component.getProvider("kubernetes::") !== undefined) return;
  refuse(component, [
    problem(
      "missing",
      ["options", "provider"],
      "no Kubernetes provider",
      "pass { provider } in the component's options, e.g. { provider: cluster.provider } or " +
        '{ provider: new kubernetes.Provider("cluster", { context: "my-cluster" }) }',
    ),
  ]);
}
