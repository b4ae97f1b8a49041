import { randomBytes } from "node:crypto";
import { probeContainerRule } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import type { PodObject } from "../objects";
import type { ContainerRef, PodRef } from "../pod-ref";
import type { ApiServer } from "./api-server";
import { containerProgress, probePrefix, runningProbe, waitingContainer } from "./containers";
import { pause, within } from "./limit";

/** Longer than any verification. */
const lifetimeSeconds = 1800;
const pollMilliseconds = 250;

/** The probe container of a pod: the existing one, or a new one. */
export function probeContainer(server: ApiServer, pod: PodRef, image: string, limit: Limit): Promise<ContainerRef> {
  const { namespace, name: podName } = pod;
  const place = `${namespace}/${podName}`;
  const path = `/api/v1/namespaces/${namespace}/pods/${podName}`;
  return within(limit, `a probe container in ${place}`, async (signal) => {
    const rest = { ...limit, signal };
    const before = await readPod(server, pod, rest);
    const name = runningProbe(before, image) ?? `${probePrefix}-${randomBytes(3).toString("hex")}`;
    if (runningProbe(before, image) === undefined) {
      await server.request(
        `${path}/ephemeralcontainers`,
        {
          method: "PATCH",
          contentType: "application/strategic-merge-patch+json",
          body: { spec: { ephemeralContainers: [waitingContainer(name, image, lifetimeSeconds)] } },
        },
        { what: `a probe container in ${place}`, rule: probeContainerRule(namespace) },
        rest,
      );
    }
    for (;;) {
      const { status } = await readPod(server, pod, rest);
      const progress = containerProgress(status?.ephemeralContainerStatuses?.find((one) => one.name === name));
      if (progress === "running") return { namespace, name: podName, container: name };
      if (progress !== "waiting") {
        throw new ClusterError("other", `the probe container ${name} in ${place}: ${progress.failed}`, {
          cure: `choose an image that node ${before.spec.nodeName} has or can pull, with \`sleep\` and curl in it (now ${image})`,
        });
      }
      await pause(pollMilliseconds, signal);
    }
  });
}

export function readPod(server: ApiServer, { namespace, name }: PodRef, limit: Limit): Promise<PodObject> {
  const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"], namespace };
  return server.get(`/api/v1/namespaces/${namespace}/pods/${name}`, { what: `pod ${namespace}/${name}`, rule }, limit);
}
