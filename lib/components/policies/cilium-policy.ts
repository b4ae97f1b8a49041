import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest, Rule } from "../../cilium/api/policy";

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

/** Creates a policy as a child of `parent`, ready when Cilium says that it is valid. */
export function createPolicy(
  name: string,
  { metadata, ...rest }: Omit<PolicyManifest, "spec" | "specs"> & { spec?: pulumi.Input<Rule> },
  parent: pulumi.Resource,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    name,
    { ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...untilValid } } },
    { parent, customTimeouts },
  );
}
