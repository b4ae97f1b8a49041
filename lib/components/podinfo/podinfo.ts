import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ArtifactSources, sourcedImage } from "../../artifacts";
import { pinned } from "../../common/versions";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { unprivileged, withoutToken } from "../shared/unprivileged";
import { podinfo } from "./workload";

/** Where podinfo runs, and how many pods of it. */
export interface PodinfoArgs {
  /** Namespace to create podinfo in. It must exist: if the same stack creates it, list the Namespace in `dependsOn`. */
  namespace: pulumi.Input<string>;

  /**
   * The container image as its author publishes it, with tag or digest; `artifacts` may redirect it.
   * @default ghcr.io/stefanprodan/podinfo at the version that meshfence pins
   */
  image?: string;

  /** Where the image comes from. */
  artifacts?: ArtifactSources;

  /**
   * Annotations of the pods, in addition to those that the component sets, e.g. `linkerd.podAnnotations`, which mesh them and restart them when the
   * mesh's trust anchors change.
   * @default none
   */
  podAnnotations?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;

  /**
   * Minimum number of pods. The HorizontalPodAutoscaler keeps this number even if the cluster has no metrics-server (kind has none).
   * @default 2
   */
  minReplicas?: pulumi.Input<number>;

  /**
   * Maximum number of pods.
   * @default 4
   */
  maxReplicas?: pulumi.Input<number>;

  /**
   * Resource requests and limits of a pod.
   * @default requests 100m CPU and 64Mi, limits 2 CPU and 512Mi
   */
  resources?: pulumi.Input<k8s.types.input.core.v1.ResourceRequirements>;
}

/**
 * podinfo as in its kustomize base: a Deployment without a replica count, the HorizontalPodAutoscaler that sets it, and a Service. Labelled
 * `app=podinfo`, which its Helm chart does not do, and under a service account of its own, `podinfo`.
 *
 * Probes run inside the container (`podcli check`), so no policy has to let the kubelet in. Ready when its pods are.
 *
 * @example
 * const podinfo = new Podinfo("podinfo", { namespace: "shop" }, { provider });
 * new SlowCooker("client", { namespace: "shop", target: podinfo.url }, { provider });
 */
export class Podinfo extends pulumi.ComponentResource {
  /** The Service's name, `podinfo`. */
  public readonly serviceName: pulumi.Output<string>;
  /** Where clients in the same namespace reach the API: `http://podinfo:9898`. */
  public readonly url: pulumi.Output<string>;
  /** Host and port at which every pod of the cluster can reach the API: `podinfo.NAMESPACE.svc.cluster.local:9898`. */
  public readonly endpoint: pulumi.Output<string>;
  /** The Service. */
  public readonly service: k8s.core.v1.Service;
  /** The ServiceAccount `podinfo`: its identity to Linkerd, which tells workloads apart only by service account. */
  public readonly serviceAccount: k8s.core.v1.ServiceAccount;
  /** The Deployment. */
  public readonly deployment: k8s.apps.v1.Deployment;
  /** The HorizontalPodAutoscaler. */
  public readonly autoscaler: k8s.autoscaling.v2.HorizontalPodAutoscaler;

  constructor(name: string, args: PodinfoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:Podinfo", name, args, opts);
    requireKubernetesProvider(this);
    const child = { parent: this };
    const metadata = { name: podinfo.name, namespace: args.namespace };

    this.service = new k8s.core.v1.Service(`${name}-service`, { metadata, spec: serviceSpec() }, child);
    this.serviceAccount = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata }, child);
    this.deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      { metadata, spec: deploymentSpec(args) },
      { ...child, dependsOn: this.serviceAccount },
    );
    this.autoscaler = new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata, spec: autoscalerSpec(args) },
      child,
    );

    // Not taken from the resources, whose outputs are unknown in a preview without a cluster.
    const { port } = podinfo.ports.http;
    this.serviceName = pulumi.output(podinfo.name);
    this.url = pulumi.output(`http://${podinfo.name}:${port}`);
    this.endpoint = pulumi.interpolate`${podinfo.name}.${args.namespace}.svc.cluster.local:${port}`;
    this.registerOutputs({ serviceName: this.serviceName, url: this.url, endpoint: this.endpoint });
  }
}

function serviceSpec(): k8s.types.input.core.v1.ServiceSpec {
  // Linkerd resets a meshed client that connects to a ClusterIP on a port which the Service does not declare.
  return {
    type: "ClusterIP",
    selector: podinfo.labels,
    ports: [podinfo.ports.http, podinfo.ports.grpc].map((port) => ({ ...port, targetPort: port.name })),
  };
}

function deploymentSpec(args: PodinfoArgs): k8s.types.input.apps.v1.DeploymentSpec {
  return {
    minReadySeconds: 3,
    revisionHistoryLimit: 5,
    progressDeadlineSeconds: 60,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
    selector: { matchLabels: podinfo.labels },
    template: {
      metadata: {
        labels: podinfo.labels,
        annotations: pulumi.output(args.podAnnotations ?? {}).apply((given) => ({
          "prometheus.io/scrape": "true",
          "prometheus.io/port": String(podinfo.ports.metrics.port),
          ...given,
        })),
      },
      spec: {
        serviceAccountName: podinfo.name,
        ...withoutToken,
        containers: [container(args)],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
  };
}

function container(args: PodinfoArgs): k8s.types.input.core.v1.Container {
  const { http, metrics, grpc } = podinfo.ports;
  return {
    name: "podinfod",
    image: sourcedImage(args.image ?? `${podinfo.image}:${pinned.podinfo}`, args.artifacts),
    imagePullPolicy: "IfNotPresent",
    command: [
      "./podinfo",
      `--port=${http.port}`,
      `--port-metrics=${metrics.port}`,
      `--grpc-port=${grpc.port}`,
      "--grpc-service-name=podinfo",
      "--level=info",
      "--random-delay=false",
      "--random-error=false",
    ],
    env: [{ name: "PODINFO_UI_COLOR", value: "#34577c" }],
    ports: [http, metrics, grpc].map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
    livenessProbe: selfCheck("/healthz"),
    readinessProbe: selfCheck("/readyz"),
    // podinfo only writes to /data, a volume. The image's user is `app`, but `runAsNonRoot` needs a number: 100 is that user's.
    securityContext: unprivileged(100),
    resources: args.resources ?? {
      requests: { cpu: "100m", memory: "64Mi" },
      limits: { cpu: "2000m", memory: "512Mi" },
    },
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  };
}

function selfCheck(path: string): k8s.types.input.core.v1.Probe {
  return {
    exec: { command: ["podcli", "check", "http", `localhost:${podinfo.ports.http.port}${path}`] },
    initialDelaySeconds: 5,
    timeoutSeconds: 5,
  };
}

function autoscalerSpec(args: PodinfoArgs): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: podinfo.name },
    minReplicas: args.minReplicas ?? 2,
    maxReplicas: args.maxReplicas ?? 4,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 99 } } }],
  };
}
