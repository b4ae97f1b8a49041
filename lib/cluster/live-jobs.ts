import { readCluster } from "../input/manifests/cluster";
import { templatePath } from "../input/manifests/kinds";
import { memberAt } from "../input/manifests/shape";
import type { Workload } from "../input/manifests/workloads";
import { INJECT_ANNOTATION } from "../linkerd/wire/injection";
import { objectOf } from "./live-object";
import type { RunningPod } from "./live-pods";
import type { Snapshot } from "./snapshot";

/** The parts of a Job's or CronJob's pod template that matter for its network. */
export interface JobTemplate {
  /** Labels, without those that the Job's controller and the injector add. */
  labels: { readonly [key: string]: string };
  /** Linkerd's annotations. */
  annotations: { readonly [key: string]: string };
}

/** A Job that has not ended, or a CronJob. */
export interface LiveJob {
  kind: string;
  name: string;
  namespace: string;
  endpoint: Workload["endpoint"];
  inbound?: Workload["inbound"];
  template: JobTemplate;
  /** Jobs of a CronJob. */
  runs: readonly string[];
}

export const isJob = (kind: string): boolean => kind === "Job" || kind === "CronJob";

/** Labels by which Job controllers select or number their pods. */
const ofController =
  /^(batch\.kubernetes\.io\/(controller-uid|job-name|job-completion-index)|controller-uid|job-name|pod-template-hash)$/;
const ofInjector = /^linkerd\.io\/(proxy-.*|workload-ns|control-plane-ns)$/;

/** The Jobs and CronJobs of a cluster, without Jobs that have ended. */
export function liveJobs({ jobs = [], namespaces }: Pick<Snapshot, "jobs" | "namespaces">): LiveJob[] {
  const { workloads } = readCluster([...namespaces, ...jobs].map(objectOf));
  return workloads
    .filter(({ kind }) => isJob(kind))
    .map(({ kind, name, endpoint, inbound }): LiveJob => {
      const { namespace } = endpoint;
      const object = jobs.find(
        (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
      );
      const runs = jobs.filter(({ metadata: { namespace: own, ownerReferences = [] } }) =>
        ownerReferences.some((owner) => own === namespace && owner.kind === kind && owner.name === name),
      );
      return {
        ...{ kind, name, namespace, endpoint },
        ...(inbound !== undefined && { inbound }),
        template: templateOf(memberAt(object, [...(templatePath[kind] ?? []), "metadata"])),
        runs: runs.map(({ metadata }) => metadata.name),
      };
    });
}

/** A Job or CronJob derived from one of its pods, if the user may not read the object itself. */
export function jobOf(
  { kind, name }: { kind: string; name: string },
  namespace: string,
  { pod, endpoint, inbound }: { pod: RunningPod; endpoint: Workload["endpoint"]; inbound?: Workload["inbound"] },
): LiveJob {
  const template = templateOf(pod.pod.metadata);
  return {
    ...{ kind, name, namespace, endpoint },
    ...(inbound !== undefined && { inbound }),
    template: { ...template, annotations: { [INJECT_ANNOTATION]: "disabled", ...template.annotations } },
    runs: [],
  };
}

function templateOf(metadata: unknown): JobTemplate {
  const texts = (name: string, isWanted: (key: string) => boolean) => {
    const given = memberAt(metadata, [name]) ?? {};
    const entries = Object.entries(given).filter(
      (one): one is [string, string] => typeof one[1] === "string" && isWanted(one[0]),
    );
    return Object.fromEntries(entries);
  };
  return {
    labels: texts("labels", (key) => !ofController.test(key) && !ofInjector.test(key)),
    annotations: texts("annotations", (key) => key === INJECT_ANNOTATION || /^config\.(\w+\.)?linkerd\.io\//.test(key)),
  };
}
