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
/** Little to wait with; the limit has room for as many curls at once as probes may run. */
const resources = { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "512Mi" } };
/** What removal gets after an interruption, when the caller's own time is over. */
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
    // Where nobody knows, it may have been made. A namespace that an earlier control made is removed with that one.
    const made = await making?.catch((failed: ClusterError) => failed.kind !== "interrupted");
    if (made) await removeControlNamespace(server, namespace, { seconds: removalSeconds }).catch(() => undefined);
    throw error;
  }
}

/** @returns whether it was made now */
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
  // Not interrupted: an API server carries out a request whether or not anybody waits for the answer, and the result would be lost.
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

/** A pod of ours that waits to be asked from. */
interface WaitingPod {
  namespace: string;
  metadata: { name: string; [member: string]: unknown };
  /** Beside what all of them have. */
  spec: object;
  image: string;
}

/** Makes a pod of ours and waits until it runs. It ends by itself, should nobody be left to remove it. */
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
  await retryWithoutAccount(() => server.request(path, { method: "POST", body }, operation, limit), limit.signal);
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

/** A new namespace gets its default service account a moment later, and no pod before that. */
async function retryWithoutAccount(create: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await create();
      return;
    } catch (error) {
      const early = error instanceof ClusterError && /serviceaccount "default" not found/.test(error.problem);
      if (!early) throw error;
      await pause(pollMilliseconds, signal);
    }
  }
}

/** Removes the namespace, if it is one of ours. */
export async function removeControlNamespace(server: ApiServer, name: string, limit: Limit): Promise<void> {
  const existing = await readNamespace(server, name, limit);
  if (existing === undefined || existing.metadata.deletionTimestamp !== undefined) return;
  refuseForeign(existing);
  // Should someone replace it in between, theirs stays.
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: existing.metadata.uid } };
  await server
    .request(`/api/v1/namespaces/${name}`, { method: "DELETE", body }, namespaceOperation(name), limit)
    .catch(unlessAbsent);
}

/** @throws ClusterError for a namespace that is somebody else's */
export function refuseForeign({ metadata }: ApiObject): void {
  if (isControlNamespace(metadata)) return;
  throw new ClusterError("other", `namespace ${metadata.name} was not made by meshfence, so it is left alone`, {
    cure: "choose another name",
  });
}

/** Of a verification; undefined where it is gone. */
export async function readNamespace(server: ApiServer, name: string, limit: Limit): Promise<ApiObject | undefined> {
  return server.get<ApiObject>(`/api/v1/namespaces/${name}`, namespaceOperation(name), limit).catch(unlessAbsent);
}

export function unlessAbsent(error: unknown): undefined {
  if (error instanceof ClusterError && error.kind === "absent") return undefined;
  throw error;
}

const namespaceOperation = (name: string): Operation => ({ what: `namespace ${name}`, rule: namespaceRule });
