import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../policy/manifest";
import { requireKubernetesProvider } from "./kubernetesProvider";

/**
 * The provider reads this annotation in `metadata.ReadyCondition` (pulumi-kubernetes `provider/pkg/metadata/overrides.go`) and
 * waits until `status.conditions` has the type `Valid` with status `True`. It is a constant, so it never makes two runs
 * differ. Cilium's operator sets the condition, for both kinds of policy (Cilium `operator/pkg/networkpolicy/validator.go`).
 */
const untilValid = { "pulumi.com/waitFor": "condition=Valid" } as const;

/**
 * Longer than any wait that ends well: the operator answers within a second or so, and where Cilium has only just come up the
 * provider retries for about a minute until the kind is known. Without it the provider would wait ten minutes for a policy
 * that Cilium refuses.
 */
const customTimeouts = { create: "2m", update: "2m" };

/** The manifest of a policy component; what is wrong with its specification is reported as an error of the component. */
export function manifestOf(component: pulumi.Resource, build: () => PolicyManifest): PolicyManifest {
  try {
    return build();
  } catch (error) {
    throw new pulumi.ResourceError(error instanceof Error ? error.message : String(error), component, true);
  }
}

/** Creates the policy, as a child that is ready when Cilium says that the policy is valid. */
export function applyPolicy(component: pulumi.ComponentResource, name: string, manifest: PolicyManifest): void {
  requireKubernetesProvider(component);
  const { metadata, ...rest } = manifest;
  new k8s.apiextensions.CustomResource(
    `${name}-policy`,
    { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...untilValid } } },
    { parent: component, customTimeouts },
  );
}
