import { configuredSandbox, Sandbox } from "meshfence/kind";

// From no cluster to a meshed podinfo that only its client may call. The configuration is documented in Pulumi.yaml and is
// checked here, before anything is created.
const sandbox = new Sandbox("sandbox", configuredSandbox());

export const { context, namespace, podinfoEndpoint, policyNames, reachability, serverNames, transportMode } = sandbox;
export const certificatesExpire = { trustAnchors: sandbox.trustAnchorsExpire, issuer: sandbox.issuerExpires };
export const kubeconfig = sandbox.kubeconfig;
