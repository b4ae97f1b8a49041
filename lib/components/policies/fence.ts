import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../../cilium/model";
import type { Problem } from "../../common/problem";
import { type FenceSpec, fenceManifests, policyId } from "../../fence/fence";
import { DEFAULT_TRANSPORT_MODE } from "../../linkerd/wire/wire";
import { TransportMode } from "../../scenario/transport-mode";
import type { LinkerdInstallation } from "../shared/installed";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { refuse } from "../shared/refuse";
import { built, createPolicy } from "./cilium-policy";
import { answersForItself, logTraps } from "./lint-warnings";

/** Who may talk to whom, and on which mesh. */
export interface FenceArgs extends Omit<FenceSpec, "transportMode" | "layers" | "nodeAddresses"> {
  /**
   * The mesh: a `Linkerd`, or the same said of one that is there already.
   * @default a mesh as Linkerd's chart makes it
   */
  linkerd?: LinkerdInstallation;

  /**
   * The control plane's `proxy.outboundTransportMode`, where `linkerd` does not say it: it decides which port is on the wire, and so which
   * has to be open.
   * @default transport-header, as Linkerd's chart
   */
  transportMode?: pulumi.Input<TransportMode>;
}

/**
 * The policies behind "these workloads may call those, and nothing else": for each caller one of egress, for each callee one of
 * ingress, with what the mesh itself needs (DNS, identity, destination and policy of the control plane; tap and metrics of viz)
 * and with the port that Linkerd really puts on the wire.
 *
 * Ready when Cilium has accepted every policy: let the workloads depend on it, and they never run unfenced.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix.
 * @example
 * const linkerd = new Linkerd("linkerd", { networkReady: cilium.ready }, { provider });
 * const client = { name: "client", namespace: "shop", endpoints: Endpoints.labels({ app: "client" }) };
 * const server = { name: "server", namespace: "shop", endpoints: Endpoints.labels({ app: "server" }) };
 * new Fence(
 *   "shop",
 *   { linkerd, edges: [{ from: client, to: server, ports: [Port.tcp(9898)] }] },
 *   { provider, dependsOn: cilium },
 * );
 */
export class Fence extends pulumi.ComponentResource {
  /** Names of the policies, each as `namespace/name`. */
  public readonly policyNames: pulumi.Output<string[]>;
  /** The objects themselves, in the order of `policyNames`. */
  public readonly policies: k8s.apiextensions.CustomResource[];
  /** The manifests as plain data: what reachability is computed from. */
  public readonly manifests: pulumi.Output<PolicyManifest[]>;

  constructor(name: string, args: FenceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { linkerd, transportMode, ...spec } = args;
    super("meshfence:index:Fence", name, { transportMode, ...spec }, opts);
    requireKubernetesProvider(this);
    refuse(this, modeProblems(args));

    // The mode may be an output. It decides ports, not which policies there are, so both forms are made and checked now.
    const byMode = built(this, () => ({
      [TransportMode.Transparent]: fenceManifests({ ...spec, transportMode: TransportMode.Transparent }),
      [TransportMode.TransportHeader]: fenceManifests({ ...spec, transportMode: TransportMode.TransportHeader }),
    }));
    const mode = pulumi.output(transportMode ?? linkerd?.transportMode ?? DEFAULT_TRANSPORT_MODE);
    this.manifests = mode.apply((known) => {
      refuse(this, modeProblems({ transportMode: known }));
      return byMode[known];
    });
    if (answersForItself(this, opts?.parent)) this.manifests.apply((manifests) => logTraps(this, manifests));

    const policies = byMode[TransportMode.Transparent];
    this.policies = policies.map(({ spec: _, ...policy }, index) =>
      createPolicy(
        `${name}-${policyId(policy.metadata)}-policy`,
        { ...policy, spec: this.manifests.apply((manifests) => manifests[index]?.spec ?? {}) },
        this,
      ),
    );
    this.policyNames = pulumi.output(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    this.registerOutputs({ policyNames: this.policyNames });
  }
}

function modeProblems({ linkerd, transportMode }: Pick<FenceArgs, "linkerd" | "transportMode">): Problem[] {
  const path = ["transportMode"];
  if (linkerd !== undefined && transportMode !== undefined)
    return [
      { code: "conflict", path, related: [["linkerd"]], message: "`linkerd` says it already", fix: "leave it out" },
    ];
  const modes: readonly unknown[] = Object.values(TransportMode);
  if (transportMode === undefined || typeof transportMode !== "string" || modes.includes(transportMode)) return [];
  return [
    {
      code: "invalid-value",
      path,
      message: `"${transportMode}" is no transport mode`,
      fix: 'use "transparent" or "transport-header"',
    },
  ];
}
