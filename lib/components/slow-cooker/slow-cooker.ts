import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ArtifactSources, sourcedImage } from "../../artifacts";
import { pinned } from "../../common/versions";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { refuse } from "../shared/refuse";
import { unprivileged, withoutToken } from "../shared/unprivileged";
import {
  defaultLoad,
  type Load,
  loadProblems,
  slowCooker,
  slowCookerArguments,
  tutorialPaths,
  urlList,
  urlListProblems,
} from "./workload";

/** Where the client runs, what it calls, and how often. */
export interface SlowCookerArgs {
  /** Namespace to create the client in. It must exist: if the same stack creates it, list the Namespace in `dependsOn`. */
  namespace: pulumi.Input<string>;

  /** Scheme, host and port of the target, e.g. `podinfo.url` or `http://podinfo:9898`. */
  target: pulumi.Input<string>;

  /**
   * Paths to request in turn, each beginning with `/`. A change restarts the client.
   * @default /env, /metrics, /healthz, /readyz, /headers and /version, the tutorial's six
   */
  paths?: pulumi.Input<pulumi.Input<string>[]>;

  /**
   * How much is sent.
   * @default 5 requests per second over one connection
   */
  load?: pulumi.Input<SlowCookerLoad>;

  /**
   * The container image as its author publishes it, with tag or digest; `artifacts` may redirect it. It exists for amd64 only.
   * @default buoyantio/slow_cooker at the version that meshfence pins
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
}

/** How much slow_cooker sends. What it would refuse at start is refused before anything is created. */
export interface SlowCookerLoad {
  /**
   * Requests per second *on each connection*: the total is this times `concurrency`.
   * @default 5
   */
  requestsPerSecond?: pulumi.Input<number>;
  /**
   * Connections that send in parallel.
   * @default 1
   */
  concurrency?: pulumi.Input<number>;
  /**
   * Time between two reports in the pod's log, as a Go duration.
   * @default 10s
   */
  interval?: pulumi.Input<string>;
  /**
   * Time after which a request counts as failed, as a Go duration.
   * @default 10s
   */
  timeout?: pulumi.Input<string>;
}

const urlFileName = `${slowCooker.name}-urls`;
const mountPath = "/etc/slow-cooker";

/**
 * slow_cooker as the tutorial's client: the Deployment `client`, labelled `app=client`, that keeps requesting a list of URLs and
 * reports `good/bad/failed` to its log and to `/metrics` on port 9999. It runs under a service account of its own, `client`. Ready when its
 * pod is.
 *
 * @throws pulumi.ResourceError with what slow_cooker would refuse at its start.
 * @example
 * new SlowCooker("client", { namespace: "shop", target: "http://podinfo:9898", load: { concurrency: 2 } }, { provider });
 */
export class SlowCooker extends pulumi.ComponentResource {
  /** The Deployment's name, `client`. */
  public readonly deploymentName: pulumi.Output<string>;
  /** The URLs that are requested, one per line. */
  public readonly urls: pulumi.Output<string>;
  /** The Deployment. */
  public readonly deployment: k8s.apps.v1.Deployment;
  /** The ConfigMap with the list. */
  public readonly urlList: k8s.core.v1.ConfigMap;
  /** The ServiceAccount `client`: its identity to Linkerd, which tells workloads apart only by service account. */
  public readonly serviceAccount: k8s.core.v1.ServiceAccount;

  constructor(name: string, args: SlowCookerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:SlowCooker", name, args, opts);
    requireKubernetesProvider(this);
    const child = { parent: this };

    this.urls = pulumi.all([args.target, args.paths ?? [...tutorialPaths]]).apply(([target, paths]) => {
      refuse(this, urlListProblems(target, paths));
      return urlList(target, paths);
    });
    const flags = pulumi.output(args.load ?? {}).apply((given) => {
      const load = withDefaults(given);
      refuse(this, loadProblems(["load"], load));
      return slowCookerArguments(load, `${mountPath}/urls`);
    });

    this.urlList = new k8s.core.v1.ConfigMap(
      `${name}-urls`,
      { metadata: { name: urlFileName, namespace: args.namespace }, data: { urls: this.urls } },
      child,
    );
    this.serviceAccount = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { name: slowCooker.name, namespace: args.namespace } },
      child,
    );
    this.deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: { name: slowCooker.name, namespace: args.namespace },
        spec: deploymentSpec(args, flags, this.urls),
      },
      { ...child, dependsOn: [this.urlList, this.serviceAccount] },
    );

    this.deploymentName = pulumi.output(slowCooker.name);
    this.registerOutputs({ deploymentName: this.deploymentName, urls: this.urls });
  }
}

function withDefaults(load: pulumi.Unwrap<SlowCookerLoad>): Load {
  const given = Object.entries(load).filter(([, value]) => value !== undefined);
  return { ...defaultLoad, ...Object.fromEntries(given) };
}

function deploymentSpec(
  args: SlowCookerArgs,
  flags: pulumi.Output<string[]>,
  urls: pulumi.Output<string>,
): k8s.types.input.apps.v1.DeploymentSpec {
  return {
    replicas: 1,
    selector: { matchLabels: slowCooker.labels },
    template: {
      metadata: {
        labels: slowCooker.labels,
        // slow_cooker reads its list once, at start.
        annotations: pulumi
          .all([urls, args.podAnnotations ?? {}])
          .apply(([list, given]) => ({ "checksum/urls": checksum(list), ...given })),
      },
      spec: {
        serviceAccountName: slowCooker.name,
        ...withoutToken,
        containers: [
          {
            name: slowCooker.name,
            image: sourcedImage(args.image ?? `${slowCooker.image}:${pinned.slowCooker}`, args.artifacts),
            imagePullPolicy: "IfNotPresent",
            // No shell, so that the kubelet's signals reach slow_cooker and the pod ends at once.
            command: ["/slow_cooker/slow_cooker"],
            args: flags,
            ports: Object.values(slowCooker.ports).map(({ name, port, protocol }) => ({
              name,
              containerPort: port,
              protocol,
            })),
            securityContext: unprivileged(65534),
            // Far more memory than the histograms and answers of any load that one pod can generate.
            resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "1Gi" } },
            volumeMounts: [{ name: "urls", mountPath, readOnly: true }],
          },
        ],
        volumes: [{ name: "urls", configMap: { name: urlFileName } }],
      },
    },
  };
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
