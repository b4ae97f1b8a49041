import type { Container, ContainerStatus, PodObject } from "../objects";

/** The prefix of the containers that meshfence adds to the user's pods. */
export const probePrefix = "meshfence-probe";

/**
 * How meshfence's containers run: not as the proxy's user (2102, whose traffic Linkerd's iptables rules skip), and not as root, so that
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

/** A container that waits to be used. If it is never removed, it ends by itself. */
export function waitingContainer(name: string, image: string, seconds: number): Container & { command: string[] } {
  return {
    name,
    image,
    command: ["sleep", String(seconds)],
    ...{ imagePullPolicy: "IfNotPresent", securityContext: restrictedSecurity },
  };
}

/** Waiting reasons that do not resolve, or not within a probe's time. */
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

/** The probe container of a pod, if it can be used now. */
export function runningProbe({ spec, status }: PodObject, image: string): string | undefined {
  const running = (status?.ephemeralContainerStatuses ?? []).filter(({ state }) => state?.running !== undefined);
  return spec.ephemeralContainers?.find(
    (container) =>
      container.name.startsWith(probePrefix) &&
      container.image === image &&
      running.some(({ name }) => name === container.name),
  )?.name;
}
