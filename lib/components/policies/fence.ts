import { isDeepStrictEqual } from "node:util";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../../cilium/model";
import { formatProblem, type Problem } from "../../common/problem";
import { type FenceSpec, fenceAuthorizations, fenceManifests, fenceWarnings, policyId } from "../../fence/fence";
import type { LinkerdManifest } from "../../linkerd/model";
import { DEFAULT_TRANSPORT_MODE } from "../../linkerd/wire/wire";
import { TransportMode } from "../../scenario/transport-mode";
import { createLinkerdObjects, linkerdResource } from "../authorization/linkerd-object";
import { bothOrProblems, buildOrFail } from "../shared/build-or-fail";
import type { LinkerdInstallation } from "../shared/installed";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { meshOfCluster } from "../shared/mesh-of-cluster";
import { refuse } from "../shared/refuse";
import { createPolicy } from "./cilium-policy";
import { logTraps, warnsForItself } from "./lint-warnings";

/** Who may talk to whom, and on which mesh. */
export interface FenceArgs extends Omit<FenceSpec, "transportMode" | "layers" | "nodeAddresses"> {
  /**
   * The mesh: a `Linkerd`, which the Servers and their authorizations then wait for, or the same facts about an existing one. Required if this program
   * installs a `Linkerd` in the same cluster whose transport mode is not the chart's default; meshfence's own default is not.
   * @default a mesh with the defaults of Linkerd's chart
   */
  linkerd?: LinkerdInstallation;

  /**
   * The control plane's `proxy.outboundTransportMode`, if `linkerd` does not give it: it decides which port is on the wire, and so which one has to
   * be open.
   * @default transport-header, as in Linkerd's chart
   */
  transportMode?: pulumi.Input<TransportMode>;
}

/**
 * "These workloads may call those, and nothing else", as one fence or as two from the same edges.
 *
 * - Cilium's policies: for each caller one of egress, for each callee one of ingress, with what the mesh itself needs (DNS, identity,
 *   destination and policy of the control plane; tap and metrics of viz) and with the port that Linkerd really puts on the wire.
 * - With `enforce: "both"` or `"linkerd"`, Linkerd's own: for each port that is called a Server, and for its callers an authentication and an
 *   AuthorizationPolicy, by methods and paths where an edge has `requests`, by services and methods where it has `calls`. The kubelet's probes and
 *   the Prometheus of viz stay admitted. They are created in an order that shuts nobody out in between: authentications first, the Servers last.
 *
 * Ready when Cilium has accepted every policy and Linkerd's webhook every object: let the workloads depend on it, and they never run unfenced.
 *
 * @throws pulumi.ResourceError at construction, with every problem, its path and the fix.
 * @example
 * const linkerd = new Linkerd("linkerd", { networkReady: cilium.ready }, { provider });
 * const client = Workload.app("client", { namespace: "shop", serviceAccount: "client" });
 * const server = Workload.app("server", { namespace: "shop", probes: [{ port: 9898, path: "/healthz" }] });
 * const requests: HttpRequestMatch[] = [{ methods: ["GET"], pathPrefix: "/api" }];
 * new Fence(
 *   "shop",
 *   { linkerd, enforce: "both", edges: [{ from: client, to: server, ports: [Port.tcp(9898)], requests }] },
 *   { provider, dependsOn: cilium },
 * );
 */
export class Fence extends pulumi.ComponentResource {
  /** Names of Cilium's policies, each as `namespace/name`. */
  public readonly policyNames: pulumi.Output<string[]>;
  /** Names of Linkerd's Servers, each as `namespace/name`; none if Cilium alone enforces. */
  public readonly serverNames: pulumi.Output<string[]>;
  /** Cilium's policies themselves, in the order of `policyNames`. */
  public readonly policies: k8s.apiextensions.CustomResource[];
  /** Linkerd's Servers, in the order of `serverNames`: one port each, closed to clients that nothing names. */
  public readonly servers: k8s.apiextensions.CustomResource[];
  /** Linkerd's HTTPRoutes and GRPCRoutes: requests with their own clients. */
  public readonly routes: k8s.apiextensions.CustomResource[];
  /** Linkerd's AuthorizationPolicies: who may connect to a Server or a route. */
  public readonly authorizationPolicies: k8s.apiextensions.CustomResource[];
  /** Linkerd's MeshTLSAuthentications and NetworkAuthentications: who they are. */
  public readonly authentications: k8s.apiextensions.CustomResource[];
  /** Cilium's policies as plain data: what reachability is computed from, together with `authorizations`. */
  public readonly manifests: pulumi.Output<PolicyManifest[]>;
  /** Linkerd's objects as plain data. */
  public readonly authorizations: LinkerdManifest[];

  constructor(name: string, args: FenceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { linkerd, transportMode, ...spec } = args;
    super("meshfence:index:Fence", name, { transportMode, ...spec }, opts);
    requireKubernetesProvider(this);
    refuse(this, modeProblems(args));

    // The mode may be an output. It decides ports, not which policies there are, so both variants are built and checked now.
    const inMode = (transportMode: TransportMode) => fenceManifests({ ...spec, transportMode });
    const policiesByMode = () => ({
      [TransportMode.Transparent]: inMode(TransportMode.Transparent),
      [TransportMode.TransportHeader]: inMode(TransportMode.TransportHeader),
    });
    const [byMode, authorizations] = buildOrFail(this, () =>
      bothOrProblems(policiesByMode, () => fenceAuthorizations(spec)),
    );
    // Without meshed workloads, the mode changes nothing.
    if (!isDeepStrictEqual(byMode.transparent, byMode["transport-header"])) refuse(this, otherMeshProblems(this, args));
    this.authorizations = authorizations;
    const mode = pulumi.output(transportMode ?? linkerd?.transportMode ?? DEFAULT_TRANSPORT_MODE);
    this.manifests = mode.apply((known) => {
      refuse(this, modeProblems({ transportMode: known }));
      return byMode[known];
    });
    for (const warning of fenceWarnings(spec)) void pulumi.log.warn(formatProblem(warning), this);
    if (warnsForItself(this, opts?.parent)) this.manifests.apply((manifests) => logTraps(this, manifests));

    const policies = byMode[TransportMode.Transparent];
    this.policies = policies.map(({ spec: _, ...policy }, index) =>
      createPolicy(
        `${name}-${policyId(policy.metadata)}-policy`,
        { ...policy, spec: this.manifests.apply((manifests) => manifests[index]?.spec ?? {}) },
        this,
      ),
    );
    this.policyNames = pulumi.output(policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));

    const objects = createLinkerdObjects(
      this.authorizations,
      ({ kind, metadata }) => `${name}-${policyId(metadata)}-${resourceSuffix[kind] ?? kind.toLowerCase()}`,
      this,
      linkerdResource(linkerd),
    );
    this.servers = objects.servers;
    this.routes = objects.routes;
    this.authorizationPolicies = objects.authorizationPolicies;
    this.authentications = objects.authentications;
    const servers = this.authorizations.filter(({ kind }) => kind === "Server");
    this.serverNames = pulumi.output(servers.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    this.registerOutputs({ policyNames: this.policyNames, serverNames: this.serverNames });
  }
}

/** Suffixes of resource names, so that a plan shows what they are. */
const resourceSuffix: { readonly [kind: string]: string } = {
  Server: "server",
  HTTPRoute: "route",
  GRPCRoute: "route",
  AuthorizationPolicy: "authorization",
  MeshTLSAuthentication: "authentication",
  NetworkAuthentication: "authentication",
};

/** Without `linkerd`, a fence for another mode than that of the program's own mesh would block every request, or open every port. */
function otherMeshProblems(fence: Fence, { linkerd, transportMode }: FenceArgs): Problem[] {
  const mesh = linkerd === undefined && transportMode === undefined ? meshOfCluster(fence) : undefined;
  if (mesh === undefined || mesh.transportMode === DEFAULT_TRANSPORT_MODE) return [];
  return [
    {
      code: "missing",
      path: ["linkerd"],
      message: `Linkerd "${mesh.name}" of this cluster sends requests as ${mesh.transportMode}, and a fence without it assumes ${DEFAULT_TRANSPORT_MODE}`,
      fix: "pass it: { linkerd, edges }",
    },
  ];
}

function modeProblems({ linkerd, transportMode }: Pick<FenceArgs, "linkerd" | "transportMode">): Problem[] {
  const path = ["transportMode"];
  if (linkerd !== undefined && transportMode !== undefined)
    return [
      { code: "conflict", path, related: [["linkerd"]], message: "`linkerd` already sets it", fix: "leave it out" },
    ];
  const modes: readonly unknown[] = Object.values(TransportMode);
  if (transportMode === undefined || typeof transportMode !== "string" || modes.includes(transportMode)) return [];
  return [
    {
      code: "invalid-value",
      path,
      message: `"${transportMode}" is not a transport mode`,
      fix: 'use "transparent" or "transport-header"',
    },
  ];
}
