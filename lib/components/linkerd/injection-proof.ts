import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { sourcedImage } from "../../artifacts/images";
import { pinned } from "../../common/versions";
import { podInjection } from "../../linkerd/install/injection";
import { meshPorts } from "../../linkerd/wire/ports";
import { unprivileged, withoutToken } from "../shared/unprivileged";

/** The namespace of the pods that prove injection, and of nothing else. */
export const proofNamespace = "meshfence-injection-proof";

/** Readiness probes that only a sidecar can answer, since the container itself does not listen. */
const probes = {
  /** Proves that the proxy was injected: its admin server answers. */
  proxy: { httpGet: { path: "/ready", port: meshPorts.admin } },
  /** Proves that tap was injected, too: otherwise the proxy does not listen on its control port. */
  tap: { tcpSocket: { port: meshPorts.tap } },
} as const;

interface InjectionProofArgs {
  proof: keyof typeof probes;
  /** The release whose webhook is proven, again for each revision. */
  release: k8s.helm.v3.Release;
  trustAnchorGenerations: readonly string[];
  artifacts?: ArtifactSources | undefined;
}

/**
 * A Deployment whose pod becomes ready only if a webhook of Linkerd injected it. Pulumi waits until a Deployment is available, so its
 * dependents start when injection works.
 */
export class InjectionProof extends pulumi.ComponentResource {
  /** True once it is proven. */
  public readonly proven: pulumi.Output<boolean>;

  constructor(name: string, args: InjectionProofArgs, opts: pulumi.ComponentResourceOptions) {
    super("meshfence:index:InjectionProof", name, {}, opts);
    const labels = { "app.kubernetes.io/name": `${args.proof}-injection` };
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: { name: `${args.proof}-injection`, namespace: proofNamespace, labels },
        spec: {
          replicas: 1,
          // With a rolling update, a pod of the previous revision would pass for the new webhook's work.
          strategy: { type: "Recreate" },
          selector: { matchLabels: labels },
          template: {
            metadata: {
              labels,
              annotations: {
                ...podInjection(args.trustAnchorGenerations),
                "meshfence.dev/awaited-release": args.release.status.apply((status) => `${status?.revision}`),
              },
            },
            spec: {
              ...withoutToken,
              containers: [
                {
                  name: "pause",
                  image: sourcedImage(`registry.k8s.io/pause:${pinned.pause}`, args.artifacts),
                  imagePullPolicy: "IfNotPresent",
                  readinessProbe: { ...probes[args.proof], periodSeconds: 1 },
                  resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { memory: "8Mi" } },
                  securityContext: unprivileged(65534),
                },
              ],
            },
          },
        },
      },
      { parent: this },
    );
    this.proven = deployment.id.apply(() => true);
    this.registerOutputs({});
  }
}
