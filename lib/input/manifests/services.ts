import type { Path, Place } from "../../common/problem";
import { parseAddress } from "../../kubernetes/cidr";
import type { ServicePort } from "../../scenario/scenario";
import { type KubernetesObject, metadataOf } from "./objects";
import { hasPlaceholder, knownMembers, placeholderWords } from "./placeholders";
import { opaqueAnnotation, portList, portNames } from "./pod-mesh";
import { type ServiceManifest, selectsPod } from "./service-manifest";
import { isRecord, memberAt } from "./shape";
import { stringMap } from "./typed-members";
import type { Workload } from "./workloads";

/** Reads the parts of a Service that affect who can talk to whom. */
export function readService(
  object: KubernetesObject,
  namespace: string,
  faulty: (path: Path, message: string) => void,
): ServiceManifest {
  const spec = isRecord(object.value.spec) ? object.value.spec : {};
  const { known: labels, unknown: unknownLabels } = knownMembers(
    stringMap(metadataOf(object).labels, ["metadata", "labels"], faulty),
  );
  const { known: selector, unknown } = knownMembers(stringMap(spec.selector, ["spec", "selector"], faulty));
  const targetPorts = (Array.isArray(spec.ports) ? spec.ports : []).flatMap((entry, index) => {
    const { port, targetPort = port, protocol = "TCP" } = isRecord(entry) ? entry : {};
    if ((typeof targetPort === "string" && targetPort !== "") || hasPlaceholder(entry)) return [];
    if (!isPort(targetPort) || typeof protocol !== "string") {
      faulty(["spec", "ports", index], "expected a port from 1 to 65535 and a protocol; it is ignored");
      return [];
    }
    return [{ port: targetPort, protocol }];
  });
  const { [opaqueAnnotation]: annotation, "service.cilium.io/forwarding-mode": forwardingMode } = stringMap(
    metadataOf(object).annotations,
    ["metadata", "annotations"],
    faulty,
  );
  const at = ["metadata", "annotations", opaqueAnnotation];
  return {
    name: object.name,
    namespace,
    labels,
    ...(unknownLabels !== undefined && { unknownLabels }),
    selector,
    ...(unknown !== undefined && { unknownSelector: placeholderWords(Object.entries(spec.selector ?? {})) }),
    // An ExternalName Service is an alias. Cilium knows nothing behind it.
    ...(spec.type === "ExternalName" && { backends: [] }),
    ports: servicePorts(spec.ports),
    ...outerAddresses(object.value),
    targetPorts,
    ...outsideOf(spec, { file: object.document.file, ...object.document.position([]) }),
    ...(forwardingMode !== undefined && { forwardingMode }),
    ...(annotation !== undefined && {
      opaquePorts: portList(annotation, (message) => faulty(at, message), servicePortNames(spec.ports)),
    }),
  };
}

/** Whether outside clients come through any node, which hides them, or only through the pod's own. */
function outsideOf(
  { type, externalIPs, externalTrafficPolicy: kept }: Record<string, unknown>,
  place: Place,
): Pick<ServiceManifest, "outside" | "keepsClients"> {
  const isOpen =
    type === "NodePort" || type === "LoadBalancer" || (Array.isArray(externalIPs) && externalIPs.length > 0);
  if (!(isOpen || hasPlaceholder(type))) return {};
  if (kept === "Local") return { keepsClients: true };
  const variable = [...(isOpen ? [] : [type]), kept].filter((value) => hasPlaceholder(value));
  return { outside: variable.length === 0 ? { place } : { place, missing: placeholderWords(variable) } };
}

/** The opaque ports that Services add to the pods behind them. Linkerd adds them to the pods' own list or, if they have none, to the chart's. */
export function opaqueByServices(endpoint: Workload["endpoint"], services: readonly ServiceManifest[]): number[] {
  return services
    .filter((service) => selectsPod(service, endpoint))
    .flatMap(({ opaquePorts = [], ports = [] }) =>
      opaquePorts.flatMap((port) => {
        const targets = ports.filter((entry) => entry.port === port).map(({ targetPort = port }) => targetPort);
        return targets.length === 0 ? [port] : targets.flatMap((target) => numberOf(target, endpoint));
      }),
    );
}

function numberOf(target: number | string, { ports = [] }: Workload["endpoint"]): number[] {
  if (typeof target === "number") return [target];
  return ports.filter(({ name }) => name === target).map(({ port }) => port);
}

/** The addresses of a Service other than its ClusterIP. */
function outerAddresses({ spec, status }: Record<string, unknown>): Pick<ServiceManifest, "outerAddresses"> {
  const { externalIPs, loadBalancerIP } = isRecord(spec) ? spec : {};
  const ingress = memberAt(status, ["loadBalancer", "ingress"]);
  const given = [
    ...(Array.isArray(externalIPs) ? externalIPs : []),
    loadBalancerIP,
    ...(Array.isArray(ingress) ? ingress : []).map((one: unknown) => (isRecord(one) ? one.ip : undefined)),
  ];
  const known = given.filter((one): one is string => typeof one === "string" && parseAddress(one) !== undefined);
  return known.length === 0 ? {} : { outerAddresses: [...new Set(known)] };
}

/** The ports of a Service with their targets. Malformed ones are reported with the target ports. */
function servicePorts(entries: unknown): ServicePort[] {
  return (Array.isArray(entries) ? entries : [])
    .filter(isRecord)
    .flatMap(({ name, port, targetPort, protocol, nodePort }) => {
      const target =
        isPort(targetPort) || (typeof targetPort === "string" && !hasPlaceholder(targetPort)) ? { targetPort } : {};
      return isPort(port)
        ? [
            {
              port,
              ...target,
              ...(hasPlaceholder(targetPort) && { unknownTarget: placeholderWords(targetPort) }),
              ...(typeof protocol === "string" && { protocol }),
              ...(typeof name === "string" && { name }),
              ...(isPort(nodePort) && { nodePort }),
            },
          ]
        : [];
    });
}

function servicePortNames(entries: unknown): Map<string, number> {
  const ports = (Array.isArray(entries) ? entries : [])
    .filter(isRecord)
    .flatMap(({ name, port }) => (typeof name === "string" && isPort(port) ? [{ name, port }] : []));
  return portNames(ports);
}

const isPort = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65536;
