import type { ArtifactSources } from "../../artifacts/artifact-sources";
import type { Path } from "../../common/problem";
import { FenceLayers } from "../../fence/fence";
import { TransportMode } from "../../scenario/transport-mode";
import { KubeProxyMode } from "../kind-cluster/cluster-config";
import { podinfo } from "../podinfo/workload";
import type { SandboxArgs, SandboxCertificates, SandboxLoad } from "./args";
import { checkConfiguration } from "./configuration/check";
import { group } from "./configuration/group";
import { choice, dictionary, flag, integer, integers, list, object, type Setting, text } from "./configuration/setting";
import { sandboxLayers } from "./edges";
import { sandboxProblems } from "./problems";

const load: LoadSettings = {
  requestsPerSecond: integer(5, "Requests per second on each connection.", { min: 1 }),
  concurrency: integer(1, "Connections that send in parallel.", { min: 1 }),
  interval: text("10s", "Time between two reports in the client's log."),
  timeout: text("10s", "Time after which a request counts as failed."),
};

const certificates: CertificateSettings = {
  generations: list("Generations of the trust anchor, all of them trusted.", ["1"]),
  signedBy: text("", "The generation that signs the issuer. By default the first."),
  trustAnchorHours: integer(87600, "Lifetime of each trust anchor.", { min: 1 }),
  issuerHours: integer(8760, "Lifetime of the issuer.", { min: 1 }),
  issuerRenewalHours: integer(1440, "How long before the issuer expires an update renews it.", { min: 1 }),
};

const charts = {
  folder: text("", "A folder with the charts, as helm pull leaves them."),
  repository: text("", "A repository with all of them, https:// or oci://."),
};

const images = {
  registry: text("", "Host and path that replace every image's registry."),
  registries: dictionary("The same for one upstream registry at a time."),
  repositories: dictionary("Single images under another name, without tag."),
  digests: flag(true, "Whether images are pinned by the digests that charts carry."),
};

/**
 * The configuration of the sandbox's stack. Pulumi.yaml declares the same keys, types, defaults and descriptions; a test compares
 * the two.
 */
export const sandboxSettings = {
  clusterName: text(
    "",
    "Name of the kind cluster. No cluster of this name may exist yet. Empty for meshfence- and a random suffix.",
  ),
  nodeImage: text(
    "",
    "The kind node image, whose tag decides the Kubernetes version: 1.33 to 1.35, which both Cilium and Linkerd support. Empty for the one that meshfence pins.",
  ),
  allowUnsupportedVersions: flag(
    false,
    "Accept a node image whose Kubernetes is outside that range, or whose tag does not tell its version.",
  ),
  workers: integer(0, "Worker nodes beside the control plane. Without any, it runs the workloads.", {
    min: 0,
    max: 20,
  }),
  kubeProxy: choice(
    Object.values(KubeProxyMode),
    KubeProxyMode.Iptables,
    "How kube-proxy works: iptables, ipvs, or none to let Cilium replace it.",
  ),
  kubeadmConfigPatches: list(
    "Patches of kubeadm's configuration, each a YAML text that begins with the kind it patches.",
  ),
  preloadedImages: list(
    "Images of the local Docker engine to load into the nodes, for machines without a registry. Set artifacts.images.digests to false beside it.",
  ),
  transportMode: choice(
    Object.values(TransportMode),
    TransportMode.Transparent,
    "How meshed clients reach meshed servers: transparent, where a policy on a port means that port, or transport-header, Linkerd's own default, where all requests go to 4143 and only Linkerd tells the ports apart.",
  ),
  enforce: choice(
    Object.values(FenceLayers),
    sandboxLayers,
    "Who enforces the fence: cilium on the wire, linkerd in podinfo's proxy, or both.",
  ),
  allowedPorts: integers(
    "TCP ports of podinfo that the client may call. Add 9797, its metrics, and the next preview shows the edge that opens.",
    [podinfo.ports.http.port],
    { min: 1, max: 65535 },
  ),
  viz: flag(true, "Whether to install linkerd-viz: metrics, tap, top and the dashboard."),
  load: group("How much the client sends.", load),
  certificates: group("The mesh's certificates.", certificates),
  artifacts: group("Where charts and images come from.", {
    charts: group("Helm charts.", charts),
    images: group("Container images.", images),
  }) satisfies Setting<ArtifactSources>,
  ciliumValues: object("Values merged last into those of Cilium's chart."),
  linkerdValues: group("Values merged last into those of Linkerd's charts.", {
    crds: object("For linkerd-crds."),
    controlPlane: object("For linkerd-control-plane."),
    viz: object("For linkerd-viz."),
  }),
};

type LoadSettings = { [K in keyof Required<SandboxLoad>]: Setting<Required<SandboxLoad>[K]> };
type CertificateSettings = { [K in keyof Required<SandboxCertificates>]: Setting<Required<SandboxCertificates>[K]> };

/**
 * The arguments of the sandbox that a stack's configuration asks for.
 *
 * @param raw Every key of the configuration, as the engine passes it.
 * @throws ProblemError with every problem, its place and the fix.
 */
export function sandboxConfiguration(project: string, raw: Readonly<Record<string, unknown>>): SandboxArgs {
  const inProject = ([first, ...rest]: Path): Path => (first === undefined ? [] : [`${project}:${first}`, ...rest]);
  const values = checkConfiguration(project, sandboxSettings, raw, (values) =>
    sandboxProblems(project, argsOf(values)).map((problem) => ({
      ...problem,
      path: inProject(problem.path ?? []),
      related: (problem.related ?? []).map(inProject),
    })),
  );
  return argsOf(values);
}

function argsOf({
  clusterName,
  nodeImage,
  ...values
}: ReturnType<typeof checkConfiguration<typeof sandboxSettings>>): SandboxArgs {
  return { ...values, ...(clusterName !== "" && { clusterName }), ...(nodeImage !== "" && { nodeImage }) };
}
