import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest, Rule } from "../../cilium/api/policy";

/**
 * Makes the provider wait until `status.conditions` has the type `Valid` with status `True` (`metadata.ReadyCondition` in
 * pulumi-kubernetes `provider/pkg/metadata/overrides.go`). Cilium's operator sets the condition for both kinds of policy (Cilium
 * `operator/pkg/networkpolicy/validator.go`). The annotation is a constant, so it never makes two runs differ.
 */
const untilValid = { "pulumi.com/waitFor": "condition=Valid" } as const;

/**
 * Longer than any wait that succeeds: the operator answers within about a second, and while Cilium is starting, the provider retries
 * for about a minute until it knows the kind. Without this limit, the provider would wait ten minutes for a policy that Cilium
 * refuses.
 */
const customTimeouts = { create: "2m", update: "2m" };

/** Creates a policy as a child of `parent`, ready when Cilium has accepted it. */
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
