import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../../cilium/api/policy";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { componentError } from "../shared/refuse";
import { warnOfTraps } from "./lint-warnings";

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

/**
 * Manifests by component. They are no fields of the components, because Pulumi's component analyzer takes every field, private ones
 * too, for an output, and cannot represent the policy's type.
 */
const manifests = new WeakMap<pulumi.Resource, PolicyManifest[]>();

/** Notes what a component's policies say; what is wrong with their specification is an error of the component. */
export function declare(component: pulumi.Resource, build: () => PolicyManifest[]): PolicyManifest[] {
  try {
    const built = build();
    manifests.set(component, built);
    return built;
  } catch (error) {
    throw componentError(component, error instanceof Error ? error.message : String(error));
  }
}

/** What `declare` noted. */
export function declared(component: pulumi.Resource): PolicyManifest[] {
  return manifests.get(component) ?? [];
}

/**
 * Declares the policy and creates it, as a child that is ready when Cilium says that the policy is valid. Warns of what it does not do
 * although it seems to, unless the component's parent does.
 */
export function applyPolicy(
  component: pulumi.ComponentResource,
  name: string,
  parent: pulumi.Resource | undefined,
  build: () => PolicyManifest,
): void {
  requireKubernetesProvider(component);
  const policies = declare(component, () => [build()]);
  warnOfTraps(component, parent, policies);
  for (const { metadata, ...rest } of policies) {
    new k8s.apiextensions.CustomResource(
      `${name}-policy`,
      { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...untilValid } } },
      { parent: component, customTimeouts },
    );
  }
}
