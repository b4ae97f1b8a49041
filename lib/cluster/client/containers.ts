import type { Container, ContainerStatus, PodObject } from "../objects";

/** Containers of ours in pods of the user's begin with this. */
export const probePrefix = "meshfence-probe";

/**
 * How a container of ours runs: by a user who is not the proxy's (2102, whose traffic Linkerd's iptables rules pass by) and not root, so that
 * the Pod Security level `restricted` admits it.
 */
export const restrictedSecurity = {
  runAsUser: 65532,
  runAsGroup: 65532,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
} as const;

/** A container that waits to be used. It ends by itself, should nobody be left to remove it. */
export function waitingContainer(name: string, image: string, seconds: number): Container & { command: string[] } {
  return {
    name,
    image,
    command: ["sleep", String(seconds)],
    ...{ imagePullPolicy: "IfNotPresent", securityContext: restrictedSecurity },
  };
}

/** Waiting for these to go away is waiting for nothing, or for much longer than a probe has. */
const hopeless = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/** Whether a container runs, or why it never will. */
export function containerProgress(status: ContainerStatus | undefined): "running" | "waiting" | { failed: string } {
  const { running, waiting, terminated } = status?.state ?? {};
  if (running !== undefined) return "running";
  if (terminated !== undefined) {
    return { failed: `it ended with status ${terminated.exitCode}${said(terminated.reason, terminated.message)}` };
  }
  if (hopeless.has(waiting?.reason ?? ""))
    return { failed: `it does not start${said(waiting?.reason, waiting?.message)}` };
  return "waiting";
}

const said = (...parts: (string | undefined)[]) => parts.flatMap((part) => (part ? [`: ${part}`] : [])).join("");

/** The probe container of a pod that can be used now. */
export function runningProbe({ spec, status }: PodObject, image: string): string | undefined {
  const running = (status?.ephemeralContainerStatuses ?? []).filter(({ state }) => state?.running !== undefined);
  return spec.ephemeralContainers?.find(
    (container) =>
      container.name.startsWith(probePrefix) &&
      container.image === image &&
      running.some(({ name }) => name === container.name),
  )?.name;
}
