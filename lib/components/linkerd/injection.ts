import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../common/problem";
import { namespaceNameProblems, objectNameProblems } from "../../kubernetes/names";
import { exemptNamespaceProblems, InjectionMode, namespaceInjection } from "../../linkerd/install/injection";
import { requireKubernetesProvider } from "../shared/kubernetes-provider";
import { refuse } from "../shared/refuse";

/** Which pods of a namespace are to be meshed. */
export interface InjectionArgs {
  /** The namespace, which already exists and does not belong to this stack. (For one of your own, use `namespaceInjection()` in its annotations.) */
  namespace: string;

  /**
   * What the injector does.
   * @default enabled
   */
  mode?: InjectionMode;

  /**
   * Whether to annotate the namespace, so that all pods created in it from now on are meshed. Running pods stay as they are.
   * @default true
   */
  annotateNamespace?: boolean;

  /** Names of Deployments in the namespace to mesh now. Their pods are replaced. */
  deployments?: string[];
  /** Names of StatefulSets in the namespace to mesh now. Their pods are replaced, one after the other. */
  statefulSets?: string[];
  /** Names of DaemonSets in the namespace to mesh now. Their pods are replaced. */
  daemonSets?: string[];

  /**
   * Annotations for the pods of the workloads above. Give `linkerd.podAnnotations`, so that they are restarted when the trust anchors
   * change; `config.linkerd.io/…` settings of the proxy can be added.
   */
  podAnnotations?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;

  /**
   * Whether to take over annotations that someone else manages. Without it, an update stops at such a conflict.
   * @default false
   */
  force?: boolean;
}

/**
 * Meshes a namespace and workloads that do not belong to this stack, as `linkerd inject` does: it patches annotations in, and removes them when it is
 * destroyed. Linkerd injects a pod when it is created, so the patch changes the workload's pod template, which restarts it. Ready when the new pods
 * are available.
 *
 * List the `Linkerd` component in `dependsOn`: a pod created before its injector works would stay unmeshed.
 *
 * @throws pulumi.ResourceError at construction, with every problem of the arguments.
 * @example
 * const linkerd = new Linkerd("linkerd", {}, { provider });
 * new Injection(
 *   "shop",
 *   { namespace: "shop", deployments: ["web"], podAnnotations: linkerd.podAnnotations },
 *   { provider, dependsOn: linkerd },
 * );
 */
export class Injection extends pulumi.ComponentResource {
  /** The namespace. */
  public readonly namespace: pulumi.Output<string>;
  /** The patch of the namespace; undefined with `annotateNamespace: false`. */
  public readonly namespacePatch: k8s.core.v1.NamespacePatch | undefined;
  /** The patches of the workloads: Deployments, StatefulSets, then DaemonSets, each in the order of its argument. */
  public readonly workloadPatches: readonly WorkloadPatch[];

  constructor(name: string, args: InjectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("meshfence:index:Injection", name, args, opts);
    requireKubernetesProvider(this);
    refuse(this, injectionProblems(args));

    const child = { parent: this };
    const annotation = namespaceInjection(args.mode ?? InjectionMode.Enabled);
    const force = args.force ? { "pulumi.com/patchForce": "true" } : undefined;
    const namespaced = args.annotateNamespace ?? true;
    if (namespaced) {
      this.namespacePatch = new k8s.core.v1.NamespacePatch(
        `${name}-namespace`,
        { metadata: { name: args.namespace, annotations: { ...annotation, ...force } } },
        child,
      );
    }
    const podAnnotations = pulumi.output(args.podAnnotations ?? {}).apply((own) => ({ ...own, ...annotation }));
    const patch = (workload: string) => ({
      metadata: { name: workload, namespace: args.namespace, annotations: force },
      spec: { template: { metadata: { annotations: podAnnotations } } },
    });
    const { DeploymentPatch, StatefulSetPatch, DaemonSetPatch } = k8s.apps.v1;
    const { deployments = [], statefulSets = [], daemonSets = [] } = args;
    this.workloadPatches = [
      ...deployments.map((workload) => new DeploymentPatch(`${name}-deployment-${workload}`, patch(workload), child)),
      ...statefulSets.map(
        (workload) => new StatefulSetPatch(`${name}-statefulset-${workload}`, patch(workload), child),
      ),
      ...daemonSets.map((workload) => new DaemonSetPatch(`${name}-daemonset-${workload}`, patch(workload), child)),
    ];

    this.namespace = pulumi.output(args.namespace);
    this.registerOutputs({ namespace: this.namespace });
  }
}

type WorkloadPatch = k8s.apps.v1.DeploymentPatch | k8s.apps.v1.StatefulSetPatch | k8s.apps.v1.DaemonSetPatch;

/** The part of the arguments that can be judged before anything runs. */
type InjectionChoices = Omit<InjectionArgs, "podAnnotations">;

function injectionProblems(args: InjectionChoices): Problem[] {
  const problems = [
    ...namespaceNameProblems(["namespace"], args.namespace),
    ...exemptNamespaceProblems(["namespace"], args.namespace),
  ];
  const kinds = ["deployments", "statefulSets", "daemonSets"] as const;
  for (const kind of kinds) {
    (args[kind] ?? []).forEach((workload, index, all) => {
      problems.push(...objectNameProblems([kind, index], workload));
      if (all.indexOf(workload) !== index) {
        problems.push({
          code: "duplicate",
          path: [kind, index],
          message: `"${workload}" is there twice`,
          fix: "leave one out",
        });
      }
    });
  }
  if (args.annotateNamespace === false && kinds.every((kind) => (args[kind] ?? []).length === 0)) {
    problems.push({
      code: "nothing-selected",
      path: ["annotateNamespace"],
      message: "with false and no workloads there is nothing to mesh",
      fix: "name deployments, statefulSets or daemonSets, or leave it out",
    });
  }
  return problems;
}
