import { randomBytes } from "node:crypto";
import { ownHolder } from "../../common/holder";
import { meshedNamespaceLabels } from "../../linkerd/install/names";
import { INJECT_ANNOTATION } from "../../linkerd/wire/injection";
import { namespaceRule, podRule } from "../access";
import type { ControlPod, ControlPodSpec, Limit } from "../cluster";
import { controlLabels, controlSeconds, holderAnnotation, isControlNamespace } from "../control-namespace";
import { ClusterError } from "../error";
import type { ApiObject } from "../objects";
import type { ApiServer } from "./api-server";
import { containerProgress, waitingContainer } from "./containers";
import type { Operation } from "./failure";
import { pause, within } from "./limit";
import { readPod } from "./probe-container";

const container = "control";
const pollMilliseconds = 250;
/** Small requests for waiting; the limit has room for as many curls as probes run concurrently. */
const resources = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "512Mi" } };
/** The time for cleaning up after an interruption, beyond the caller's own limit. */
const removalSeconds = 10;

export async function createControlPod(server: ApiServer, spec: ControlPodSpec, limit: Limit): Promise<ControlPod> {
  const namespace = spec.namespace ?? `meshfence-verify-${randomBytes(4).toString("hex")}`;
  let making: Promise<boolean> | undefined;
  try {
    return await within(limit, `a control pod in namespace ${namespace}`, async (signal) => {
      const rest = { ...limit, signal };
      making = ensureNamespace(server, namespace, rest);
      await making;
      return await createPod(server, namespace, spec, rest);
    });
  } catch (error) {
    // If unsure, assume that it was created. A namespace of an earlier control pod is removed with that pod.
    const made = await making?.catch((failed: ClusterError) => failed.kind !== "interrupted");
    if (made) await removeControlNamespace(server, namespace, { seconds: removalSeconds }).catch(() => undefined);
    throw error;
  }
}

/** @returns Whether this call created it. */
async function ensureNamespace(server: ApiServer, name: string, limit: Limit): Promise<boolean> {
  const existing = await readNamespace(server, name, limit);
  if (existing !== undefined) {
    refuseForeign(existing);
    return false;
  }
  const body = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { ...controlLabels, ...meshedNamespaceLabels },
      annotations: { [INJECT_ANNOTATION]: "disabled", [holderAnnotation]: ownHolder() },
    },
  };
  // Not interrupted: the API server carries out the request anyway, and the result would be lost.
  const seconds = Math.min(limit.seconds, removalSeconds);
  await server.request("/api/v1/namespaces", { method: "POST", body }, namespaceOperation(name), { seconds });
  return true;
}

async function createPod(
  server: ApiServer,
  namespace: string,
  spec: ControlPodSpec,
  limit: Limit & { signal: AbortSignal },
): Promise<ControlPod> {
  const metadata = {
    name: `control-${randomBytes(3).toString("hex")}`,
    labels: { ...spec.labels, ...controlLabels },
    annotations: { [INJECT_ANNOTATION]: spec.meshed === true ? "enabled" : "disabled" },
  };
  const placed = spec.node === undefined ? {} : { nodeName: spec.node };
  return startPod(server, { namespace, metadata, spec: placed, image: spec.image }, limit);
}

/** A pod that meshfence creates to probe from. */
interface WaitingPod {
  namespace: string;
  metadata: { name: string; [member: string]: unknown };
  /** Labels in addition to the common ones. */
  spec: object;
  image: string;
}

/** Creates such a pod and waits until it runs. If it is never removed, it ends by itself. */
export async function startPod(
  server: ApiServer,
  { namespace, metadata, spec, image }: WaitingPod,
  limit: Limit & { signal: AbortSignal },
): Promise<ControlPod> {
  const { name } = metadata;
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      ...spec,
      automountServiceAccountToken: false,
      activeDeadlineSeconds: controlSeconds,
      terminationGracePeriodSeconds: 0,
      restartPolicy: "Never",
      tolerations: [{ operator: "Exists" }],
      containers: [{ ...waitingContainer(container, image, controlSeconds), resources }],
    },
  };
  const operation: Operation = { what: `a control pod in namespace ${namespace}`, rule: podRule(namespace) };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await retryWhileNew(() => server.request(path, { method: "POST", body }, operation, limit), limit.signal);
  for (;;) {
    const { spec: placed, status } = await readPod(server, { namespace, name }, limit);
    const progress = containerProgress(status?.containerStatuses?.find((one) => one.name === container));
    if (progress === "running" && status?.podIP !== undefined) {
      return { namespace, name, container, ip: status.podIP, node: placed.nodeName ?? "" };
    }
    if (typeof progress === "object") {
      throw new ClusterError("other", `the control pod ${namespace}/${name}: ${progress.failed}`, {
        cure: `choose an image that node ${placed.nodeName} has or can pull, with \`sleep\` and curl in it (now ${image})`,
      });
    }
    await pause(pollMilliseconds, limit.signal);
  }
}

/**
 * A new namespace cannot have pods until it has its default service account, nor until webhooks know of it: those that look
 * it up, such as Linkerd's injector, do so in a cache that is a moment behind.
 */
async function retryWhileNew(create: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  const early =
    /serviceaccount "default" not found|admission webhook .* denied the request: namespaces? ".*" not found/;
  for (;;) {
    try {
      await create();
      return;
    } catch (error) {
      if (!(error instanceof ClusterError && early.test(error.problem))) throw error;
      await pause(pollMilliseconds, signal);
    }
  }
}

/** Removes the namespace if meshfence created it. */
export async function removeControlNamespace(server: ApiServer, name: string, limit: Limit): Promise<void> {
  const existing = await readNamespace(server, name, limit);
  if (existing === undefined || existing.metadata.deletionTimestamp !== undefined) return;
  refuseForeign(existing);
  // If it was replaced in the meantime, the new one stays.
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: existing.metadata.uid } };
  await server
    .request(`/api/v1/namespaces/${name}`, { method: "DELETE", body }, namespaceOperation(name), limit)
    .catch(unlessAbsent);
}

/** @throws ClusterError if meshfence did not create the namespace */
export function refuseForeign({ metadata }: ApiObject): void {
  if (isControlNamespace(metadata)) return;
  throw new ClusterError("other", `namespace ${metadata.name} was not created by meshfence, so it is left alone`, {
    cure: "choose another name",
  });
}

/** The namespace of a verification; undefined if it is gone. */
export async function readNamespace(server: ApiServer, name: string, limit: Limit): Promise<ApiObject | undefined> {
  return server.get<ApiObject>(`/api/v1/namespaces/${name}`, namespaceOperation(name), limit).catch(unlessAbsent);
}

export function unlessAbsent(error: unknown): undefined {
  if (error instanceof ClusterError && error.kind === "absent") return undefined;
  throw error;
}

const namespaceOperation = (name: string): Operation => ({ what: `namespace ${name}`, rule: namespaceRule });
