import type { Path } from "../../common/problem";
import { isPortName } from "../../kubernetes/ports";
import { PROXY_CONTAINER } from "../../linkerd/wire/injection";
import type { NamedPort } from "../../scenario/scenario";
import { templatePath } from "./kinds";
import type { KubernetesObject } from "./objects";
import { hasPlaceholder, knownMembers, placeholderWords } from "./placeholders";
import { isRecord, memberAt } from "./shape";
import { type Faulty, listOf, record, stringMap } from "./typed-members";

type Container = Readonly<Record<string, unknown>>;

/** The fields of a pod template that affect the network. A Pod is its own template. */
export interface PodTemplate {
  /** Its path in the workload. */
  path: Path;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: Record<string, unknown>;
  containers: readonly Container[];
  initContainers: readonly Container[];
  /** Of its containers. Cilium reads named ports from `spec.containers` only (pkg/k8s/labels.go), not from init containers. */
  ports: NamedPort[];
  /** Absent: it depends on an unknown value. */
  serviceAccount?: string;
  /** What would have to be known, by label and by port name. */
  unknown: { labels: Record<string, string>; ports: Record<string, string>; serviceAccount?: string };
}

/** Undefined if the workload has none, which is reported. */
export function readTemplate({ kind, value }: KubernetesObject, faulty: Faulty): PodTemplate | undefined {
  const path = templatePath[kind] ?? [];
  const template = memberAt(value, path);
  if (!isRecord(template)) {
    faulty(path, "has no pod template, so the workload is left out");
    return undefined;
  }
  const metadata = record(template.metadata, [...path, "metadata"], faulty);
  const spec = record(template.spec, [...path, "spec"], faulty);
  const labels = knownMembers(stringMap(metadata.labels, [...path, "metadata", "labels"], faulty));
  const annotations = stringMap(metadata.annotations, [...path, "metadata", "annotations"], faulty);
  const containers = listOf(spec.containers, [...path, "spec", "containers"], faulty);
  const initContainers = listOf(spec.initContainers, [...path, "spec", "initContainers"], faulty);
  const account = accountOf(spec, [...path, "spec", "serviceAccountName"], faulty);
  const declared = containers.map((container, index) =>
    readPorts(container, [...path, "spec", "containers", index], faulty),
  );
  const unknownPorts: Record<string, string> = Object.assign({}, ...declared.map(({ unknown }) => unknown));
  return {
    ...{ path, labels: labels.known, annotations, spec, containers, initContainers },
    ports: declared.flatMap((one) => one.ports),
    ...(account.missing === undefined && { serviceAccount: account.name }),
    unknown: {
      labels: labels.unknown ?? {},
      ports: unknownPorts,
      ...(account.missing !== undefined && { serviceAccount: account.missing }),
    },
  };
}

function accountOf(spec: Record<string, unknown>, path: Path, faulty: Faulty): { name: string; missing?: string } {
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (hasPlaceholder(account)) return { name: "", missing: placeholderWords(account) };
  if (account !== undefined && account !== null && typeof account !== "string") faulty(path, "expected text");
  return { name: typeof account === "string" && account !== "" ? account : "default" };
}

/** The ports of a container, and its partly unknown ports by name. */
function readPorts(
  container: Record<string, unknown>,
  path: Path,
  faulty: Faulty,
): { ports: NamedPort[]; unknown: Record<string, string> } {
  const unknown: Record<string, string> = {};
  // The proxy's own ports are left out. As targets, they would only repeat 4143.
  if (container.name === PROXY_CONTAINER) return { ports: [], unknown };
  const ports = listOf(container.ports, [...path, "ports"], faulty).flatMap((entry, index) => {
    const at = [...path, "ports", index];
    const { containerPort, name, protocol = "TCP" } = entry;
    if (hasPlaceholder([containerPort, name, protocol])) {
      unknown[typeof name === "string" && !hasPlaceholder(name) ? name.toLowerCase() : "*"] = placeholderWords(entry);
      return [];
    }
    if (
      typeof containerPort !== "number" ||
      !Number.isInteger(containerPort) ||
      containerPort < 1 ||
      containerPort > 65535
    ) {
      faulty(
        [...at, "containerPort"],
        `expected a port from 1 to 65535, found ${JSON.stringify(containerPort)}; it is ignored`,
      );
      return [];
    }
    if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "SCTP") {
      faulty([...at, "protocol"], `expected TCP, UDP or SCTP, found ${JSON.stringify(protocol)}; the port is ignored`);
      return [];
    }
    const named = typeof name === "string" && isPortName(name);
    if (name !== undefined && !named) {
      faulty([...at, "name"], "expected a port's name: at most 15 letters, digits and single dashes; it is ignored");
    }
    return [{ ...(named && { name }), port: containerPort, protocol }];
  });
  return { ports, unknown };
}
