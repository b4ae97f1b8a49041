import { dictionary } from "../../common/maps";
import type { Path } from "../../common/problem";
import type { Unseen } from "../../common/unseen";
import type { LocatedDocument, RenderGap } from "./document";
import { helmfileFix, isHelmfileName } from "./helmfile";
import { groupOf } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import { isRecord, memberAt } from "./shape";
import { changeOfPatch } from "./unseen-changes";

/** A kind whose objects are turned into others, which are not among the manifests. */
interface RenderableKind {
  /** How to include those objects. */
  fix: string;
  /** The path to the name of their namespace, if the kind has one. */
  target?: Path;
  /** Where they are if it names none: in its own namespace, or anywhere. */
  otherwise: "own" | "anywhere";
  /** The path to the list of what it installs, if the kind is mostly about something else. */
  installs?: Path;
}

const pods: RenderableKind = {
  fix: "Give its pods too, from `kubectl get pods --all-namespaces -o yaml`",
  otherwise: "own",
};
/** Kinds that apply manifests from elsewhere, or that create objects for each of something. */
const applier: RenderableKind = {
  fix: "Give the objects that it makes too, from `kubectl get -o yaml`",
  otherwise: "anywhere",
};
/** The charts that a configuration of k0s installs. */
const k0sCharts = ["spec", "extensions", "helm", "charts"];
const kustomize: RenderableKind = { fix: "Give the output of `kubectl kustomize DIR` instead", otherwise: "anywhere" };
const helmTemplate = "Give the output of `helm template` too";
const argo = "Give the output of `argocd app manifests NAME` too";

const renderedElsewhere = "what this produces is not seen";

/** Kinds by API group and kind. Kinds with a pod template need not be listed. */
const renderableKinds = dictionary<RenderableKind>({
  "kustomize.config.k8s.io/Kustomization": kustomize,
  "kustomize.config.k8s.io/Component": kustomize,
  "kustomize.toolkit.fluxcd.io/Kustomization": {
    fix: "Give the output of `flux build kustomization NAME --path DIR` too",
    target: ["spec", "targetNamespace"],
    otherwise: "anywhere",
  },
  "helm.toolkit.fluxcd.io/HelmRelease": { fix: helmTemplate, target: ["spec", "targetNamespace"], otherwise: "own" },
  "fluxcd.controlplane.io/FluxInstance": {
    fix: "Give the output of `flux build` for what it syncs too",
    otherwise: "anywhere",
  },
  "fluxcd.controlplane.io/ResourceSet": {
    fix: "Give the output of `flux-operator build rset` too",
    otherwise: "anywhere",
  },
  "helm.cattle.io/HelmChart": { fix: helmTemplate, target: ["spec", "targetNamespace"], otherwise: "own" },
  "cilium.io/CiliumConfig": { fix: helmTemplate, otherwise: "own" },
  "helmfile/Release": { fix: helmfileFix, otherwise: "own" },
  "argoproj.io/Application": { fix: argo, target: ["spec", "destination", "namespace"], otherwise: "anywhere" },
  "argoproj.io/ApplicationSet": { fix: `${argo}, for each of its Applications`, otherwise: "anywhere" },
  "addons.cluster.x-k8s.io/ClusterResourceSet": applier,
  "addons.cluster.x-k8s.io/HelmChartProxy": applier,
  "addons.cluster.x-k8s.io/HelmReleaseProxy": applier,
  "application.giantswarm.io/App": applier,
  "capsule.clastix.io/Tenant": applier,
  "config.projectsveltos.io/ClusterProfile": applier,
  "config.projectsveltos.io/Profile": applier,
  "core.oam.dev/Application": applier,
  "fleet.cattle.io/Bundle": applier,
  "fleet.cattle.io/GitRepo": applier,
  "fleet.cattle.io/HelmOp": applier,
  "gitops.kluctl.io/KluctlDeployment": applier,
  "helm.crossplane.io/Release": applier,
  "helm.fluxcd.io/HelmRelease": { fix: helmTemplate, target: ["spec", "targetNamespace"], otherwise: "own" },
  "hnc.x-k8s.io/SubnamespaceAnchor": applier,
  "helm.k0sproject.io/Chart": applier,
  "k0s.k0sproject.io/ClusterConfig": { ...applier, installs: k0sCharts },
  "k0sctl.k0sproject.io/Cluster": { ...applier, installs: ["spec", "k0s", "config", ...k0sCharts] },
  "k3s.cattle.io/Addon": applier,
  "kappctrl.k14s.io/App": applier,
  "kops.k8s.io/Cluster": applier,
  "metacontroller.k8s.io/CompositeController": applier,
  "metacontroller.k8s.io/DecoratorController": applier,
  "olm.operatorframework.io/ClusterExtension": applier,
  "operators.coreos.com/Subscription": applier,
  "packaging.carvel.dev/PackageInstall": applier,
  "template.openshift.io/TemplateInstance": applier,
  "acid.zalan.do/postgresql": pods,
  "actions.github.com/AutoscalingRunnerSet": pods,
  "argoproj.io/CronWorkflow": pods,
  "argoproj.io/Workflow": pods,
  "elasticsearch.k8s.elastic.co/Elasticsearch": pods,
  "grafana.integreatly.org/Grafana": pods,
  "k8s.keycloak.org/Keycloak": pods,
  "flink.apache.org/FlinkDeployment": pods,
  "jobset.x-k8s.io/JobSet": pods,
  "kafka.strimzi.io/Kafka": pods,
  "kafka.strimzi.io/KafkaConnect": pods,
  "kibana.k8s.elastic.co/Kibana": pods,
  "keda.sh/ScaledJob": pods,
  "kubevirt.io/VirtualMachine": pods,
  "kubevirt.io/VirtualMachineInstance": pods,
  "kubevirt.io/VirtualMachineInstanceReplicaSet": pods,
  "leaderworkerset.x-k8s.io/LeaderWorkerSet": pods,
  "minio.min.io/Tenant": pods,
  "mongodbcommunity.mongodb.com/MongoDBCommunity": pods,
  "monitoring.coreos.com/Alertmanager": pods,
  "monitoring.coreos.com/Prometheus": pods,
  "opentelemetry.io/OpenTelemetryCollector": pods,
  "pool.kubevirt.io/VirtualMachinePool": pods,
  "postgres-operator.crunchydata.com/PostgresCluster": pods,
  "postgresql.cnpg.io/Cluster": pods,
  "postgresql.cnpg.io/Pooler": pods,
  "rabbitmq.com/RabbitmqCluster": pods,
  "ray.io/RayCluster": pods,
  "ray.io/RayJob": pods,
  "ray.io/RayService": pods,
  "redis.redis.opstreelabs.in/Redis": pods,
  "redis.redis.opstreelabs.in/RedisCluster": pods,
  "sparkoperator.k8s.io/ScheduledSparkApplication": pods,
  "sparkoperator.k8s.io/SparkApplication": pods,
  "tekton.dev/PipelineRun": pods,
  "tekton.dev/TaskRun": pods,
});

/** Reports what is not seen because of an object of a kind that is not read. Undefined if it is not known to create anything. */
export function unseenOf(object: KubernetesObject, defaultNamespace: string): Unseen | undefined {
  const { kind, value, document } = object;
  const group = groupOf(object.apiVersion);
  const known = renderableKinds[`${group}/${kind}`] ?? (hasPodTemplate(value) ? pods : undefined);
  if (known === undefined || document.rendered === "complete") return undefined;
  if (known.installs !== undefined && isEmptyList(memberAt(value, known.installs))) return undefined;
  const target = known.target && memberAt(value, known.target);
  const own = known.otherwise === "own" ? (object.namespace ?? defaultNamespace) : undefined;
  const namespace = typeof target === "string" && target !== "" ? target : own;
  return {
    file: document.file,
    line: document.position([]).line,
    object: describeObject(object),
    kind: `${kind} of ${group}`,
    ...outcomeOf(document, known.fix),
    pods: namespace === undefined ? "anywhere" : [namespace],
  };
}

/** Reports a Rollout whose pods are those of another workload that is not in the input. */
export function unseenReference(
  { document, kind, name, apiVersion }: KubernetesObject,
  namespace: string,
  to: Readonly<Record<string, unknown>>,
): Unseen {
  const { line } = document.position(["spec", "workloadRef"]);
  return {
    file: document.file,
    line,
    object: describeObject({ kind, name, namespace }),
    kind: `${kind} of ${groupOf(apiVersion)}`,
    reason: "its pods are those of a workload that is not seen",
    detail: `${String(to.kind)} ${String(to.name)}`,
    fix: "Give that workload, too",
    pods: [namespace],
  };
}

/** Reports what is not seen because of a file of Kustomize or Helm, which need not be an object with a name. */
export function unseenFile(document: LocatedDocument): Unseen | undefined {
  const { file, value, rendered } = document;
  if (!isRecord(value) || rendered === "complete") return undefined;
  const unseen = (kind: string, object: string, fix: string): Unseen => {
    const { line } = document.position([]);
    return { file, line, object, kind, ...outcomeOf(document, fix), pods: "anywhere" };
  };
  const { apiVersion, kind } = value;
  const name = file.slice(file.search(/[^\\/:]*$/));
  if (name === "Chart.yaml" && kind === undefined && typeof value.name === "string") {
    return unseen("Chart of Helm", `Chart ${value.name}`, "Give the output of `helm template` instead");
  }
  // In a kustomization, both fields are optional.
  const isUnnamed = kind === undefined && /^(kustomization\.ya?ml|Kustomization)$/.test(name);
  const group = typeof apiVersion === "string" ? groupOf(apiVersion) : "";
  if (!isUnnamed && group !== "kustomize.config.k8s.io") return undefined;
  const shown = typeof kind === "string" ? kind : "Kustomization";
  const known = renderableKinds[`kustomize.config.k8s.io/${shown}`];
  return known && unseen(`${shown} of kustomize.config.k8s.io`, shown, known.fix);
}

/**
 * Reports what the releases of a helmfile install. The helmfile may be a template, and not valid YAML.
 *
 * @param document Its document, if it was read.
 */
export function unseenHelmfile(file: string, document?: LocatedDocument): Unseen | undefined {
  if (!isHelmfileName(file)) return undefined;
  const { rendered } = document ?? {};
  const { reason, detail, fix }: RenderGap =
    rendered === undefined || rendered === "complete"
      ? { reason: "what its releases install is not seen", fix: helmfileFix }
      : rendered;
  return { file, line: 1, object: "helmfile", reason, detail, fix, pods: "anywhere" };
}

/**
 * Reports what a plan lacks: the children of components that were not run, the objects of releases that were not rendered, and objects created
 * elsewhere that a patch changes.
 */
export function unseenInPlan(document: LocatedDocument): Unseen[] {
  const { value, file } = document;
  if (!isRecord(value) || !Array.isArray(value.resources)) return [];
  const planWide = (Array.isArray(value.unseen) ? value.unseen : []).filter(isRecord).map(
    ({ object, reason, fix }): Unseen => ({
      file,
      object: String(object),
      reason: String(reason),
      fix: String(fix),
      pods: "anywhere",
    }),
  );
  const ofResources = value.resources.flatMap((resource: unknown, index): Unseen[] => {
    if (!isRecord(resource)) return [];
    const inputs = isRecord(resource.inputs) ? resource.inputs : {};
    const isPatch = /^kubernetes:.*Patch$/.test(String(resource.type));
    const gap = isRecord(resource.unseen) ? resource.unseen : isPatch ? changeOfPatch(inputs) : undefined;
    if (gap === undefined) return [];
    const { reason, fix } = gap;
    const { namespace } = inputs;
    return [
      {
        file,
        line: document.position(["resources", index]).line,
        object: `${String(resource.type).split(":").at(-1)} ${String(resource.name)}`,
        kind: String(resource.type),
        reason: String(reason),
        fix: String(fix),
        pods: typeof namespace === "string" && !namespace.startsWith("[") ? [namespace] : "anywhere",
      },
    ];
  });
  return [...planWide, ...ofResources];
}

const isEmptyList = (value: unknown) => !Array.isArray(value) || value.length === 0;

function hasPodTemplate(value: Record<string, unknown>): boolean {
  return Array.isArray(memberAt(value, ["spec", "template", "spec", "containers"]));
}

/** The gap that rendering left, or the general reason if nothing was rendered. */
const outcomeOf = ({ rendered }: LocatedDocument, fix: string): Pick<Unseen, "fix" | "reason" | "detail"> =>
  rendered === undefined || rendered === "complete" ? { reason: renderedElsewhere, fix } : rendered;
