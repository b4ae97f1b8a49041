import { formatPrefix, parseAddress } from "../../kubernetes/cidr";
import type { ExternalWorkload } from "../../linkerd/api/external-workload";
import { policyKind, type RawObject } from "../../linkerd/api/object";
import { readObjects } from "../../linkerd/policy/objects";
import { OPAQUE_PORTS_ANNOTATION } from "../../linkerd/policy/workload";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT, unionOfPorts } from "../../linkerd/wire/wire";
import type { AddressFacts, EndpointMesh, NamedPort } from "../../scenario/endpoint";
import { portList, portNames } from "../manifests/pod-mesh";
import { type ServiceManifest, selectsPod } from "../manifests/service-manifest";
import type { LinkerdSettings } from "../manifests/settings/linkerd";

/** A meshed machine outside the cluster at one of its addresses. */
export type ExternalEndpoint = AddressFacts &
  Required<Pick<AddressFacts, "external" | "mesh">> & { ports: NamedPort[] };

/**
 * The meshed machines outside the cluster, one peer for each address, which is all that Cilium sees. Their proxies have the identity in the object,
 * and clients reach them on the ports that it declares (`ExternalWorkloadIPIndex`) and on the target ports of Services that select them.
 *
 * @param taken The ids of other endpoints.
 */
export function externalEndpoints(
  objects: readonly RawObject[],
  services: readonly ServiceManifest[],
  settings: LinkerdSettings,
  taken: ReadonlySet<string>,
): ExternalEndpoint[] {
  const external = objects.filter((object) => policyKind(object) === "workload.linkerd.io/ExternalWorkload");
  return readObjects(external).objects.externalWorkloads.flatMap((workload) => {
    const { namespace, name, labels, annotations, spec } = workload;
    const plain = `${namespace}/${name}`;
    const id = taken.has(plain) ? `${namespace}/externalworkload/${name}` : plain;
    const selecting = services.filter((service) =>
      selectsPod(service, { id, namespace, labels: Object.fromEntries(labels) }),
    );
    const facts = {
      ports: portsOf(workload, selecting),
      mesh: meshOf(workload, selecting, settings),
      external: {
        namespace,
        labels: Object.fromEntries(labels),
        annotations: Object.fromEntries(annotations),
        identity: spec.meshTLS.identity,
        ...(selecting.length > 0 && { hasService: true }),
      },
    };
    return addressesOf(workload).map((ip, place) => ({ id: place === 0 ? id : `${id} ${ip}`, ip, ...facts }));
  });
}

/** The distinct, valid addresses of an ExternalWorkload. */
export function addressesOf({ spec }: ExternalWorkload): string[] {
  const known = (spec.workloadIPs ?? []).flatMap(({ ip }): [string, string][] => {
    const address = parseAddress(ip);
    return address === undefined ? [] : [[formatPrefix(address), ip]];
  });
  return [...new Map(known).values()];
}

/** The ports that it declares, except its proxy's, and the target ports of its Services. */
function portsOf({ spec }: ExternalWorkload, services: readonly ServiceManifest[]): NamedPort[] {
  const declared = declaredPorts(spec.ports);
  const own = declared.filter(({ name }) => name !== PROXY_PORT);
  const led = services.flatMap(({ targetPorts = [] }) => targetPorts);
  const known = new Set(declared.map(({ port }) => port));
  return [
    ...own,
    ...led.filter(({ port }, place) => {
      return !known.has(port) && led.findIndex((one) => one.port === port) === place;
    }),
  ];
}

function meshOf(
  { spec, annotations }: ExternalWorkload,
  services: readonly ServiceManifest[],
  settings: LinkerdSettings,
): EndpointMesh {
  const declared = declaredPorts(spec.ports);
  const inbound = declared.find(({ name }) => name === PROXY_PORT)?.port;
  const led = services.flatMap(({ targetPorts = [] }) => targetPorts.map(({ port }) => port));
  const annotation = annotations.get(OPAQUE_PORTS_ANNOTATION);
  const own =
    annotation === undefined
      ? (settings.opaquePorts ?? DEFAULT_OPAQUE_PORTS)
      : portList(annotation, () => undefined, portNames(declared));
  const opaque = services.flatMap(({ opaquePorts = [], ports = [] }) =>
    opaquePorts.flatMap((port) => {
      const targets = ports.filter((one) => one.port === port).map(({ targetPort = port }) => targetPort);
      const numbers = targets.flatMap((target) =>
        typeof target === "number" ? [target] : declared.flatMap(({ name, port: at }) => (name === target ? [at] : [])),
      );
      return targets.length === 0 ? [port] : numbers;
    }),
  );
  return {
    injected: true,
    skipInboundPorts: [],
    skipOutboundPorts: [],
    opaquePorts: unionOfPorts(own, opaque),
    ...(inbound !== undefined && inbound !== INBOUND_PORT && { inboundPort: inbound }),
    meshedPorts: unionOfPorts(
      declared.map(({ port }) => port),
      led,
    ),
  };
}

/** The name of the proxy's port, as in Linkerd's `getInboundPortFromExternalWorkload`. */
const PROXY_PORT = "linkerd-proxy";

function declaredPorts(ports: ExternalWorkload["spec"]["ports"]): NamedPort[] {
  return (ports ?? []).map(({ name, port, protocol }) => ({
    port,
    ...(name !== undefined && { name }),
    ...(protocol !== undefined && { protocol }),
  }));
}
