import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { META_PORTS } from "../../linkerd/wire/wire";
import type { EndpointMesh, NamedPort } from "../../scenario/scenario";

/** The annotation for opaque ports, on pods, namespaces and Services. */
export const opaqueAnnotation = "config.linkerd.io/opaque-ports";

const INIT_ARGUMENTS = [
  ["--inbound-ports-to-ignore", "skip-inbound-ports"],
  ["--outbound-ports-to-ignore", "skip-outbound-ports"],
  ["--subnets-to-ignore", "skip-subnets"],
] as const;

/** The ports that an injected pod's init container lets bypass the proxy, by the corresponding annotation. */
export function ignoredByInit(containers: readonly Record<string, unknown>[]): Map<string, string> {
  const init = containers.find(({ name }) => name === "linkerd-init");
  const args: unknown[] = Array.isArray(init?.args) ? init.args : [];
  const found = new Map<string, string>();
  for (const [argument, annotation] of INIT_ARGUMENTS) {
    const at = args.indexOf(argument);
    const text = at < 0 ? undefined : args[at + 1];
    if (typeof text !== "string") continue;
    // The proxy's own ports are always among them. For 4191, the proxy itself checks its policy.
    const own = META_PORTS.map(String);
    found.set(
      annotation,
      text
        .split(",")
        .filter((port) => !own.includes(port))
        .join(","),
    );
  }
  return found;
}

/** The proxy settings of a pod, from its annotations. Undefined if it has no proxy. */
export function readMesh(
  injected: boolean,
  containerPorts: readonly NamedPort[],
  annotation: (name: string) => string | undefined,
  running: ReadonlyMap<string, string>,
  faulty: (annotation: string, message: string) => void,
): EndpointMesh | undefined {
  if (!injected) return undefined;
  const ports = (name: string, named?: ReadonlyMap<string, number>) => {
    const text = running.get(name) ?? annotation(`config.linkerd.io/${name}`);
    if (text === undefined) return undefined;
    return portList(text, (message) => faulty(`config.linkerd.io/${name}`, message), named);
  };
  const [skipInboundPorts, skipOutboundPorts, opaquePorts] = [
    ports("skip-inbound-ports"),
    ports("skip-outbound-ports"),
    ports("opaque-ports", portNames(containerPorts)),
  ];
  const subnets = running.get("skip-subnets") ?? annotation(SKIP_SUBNETS);
  const skipSubnets = subnets && subnetList(subnets, (message) => faulty(SKIP_SUBNETS, message));
  return {
    injected,
    ...(skipSubnets && { skipSubnets }),
    ...(skipInboundPorts && { skipInboundPorts }),
    ...(skipOutboundPorts && { skipOutboundPorts }),
    ...(opaquePorts && { opaquePorts }),
  };
}

const SKIP_SUBNETS = "config.linkerd.io/skip-subnets";

/** The address blocks in a comma-separated list. */
function subnetList(text: string, faulty: (message: string) => void): string[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => {
    if (part === "" || parsePrefixOrAddress(part) !== undefined) return part !== "";
    faulty(`"${part}" is not an address block such as 172.17.0.0/16; it is ignored`);
    return false;
  });
}

/**
 * Parses Linkerd's list of ports and ranges: `4222,6222-6224,pg`.
 *
 * @param named The ports that may be given by name: for opaque ports, those of the pod or Service (linkerd2 `ParseContainerOpaquePorts`,
 * `parseServiceOpaquePorts`). Default: none.
 */
export function portList(
  text: string,
  faulty: (message: string) => void,
  named: ReadonlyMap<string, number> = new Map(),
): number[] {
  const ports = new Set<number>();
  for (const part of text.split(",").map((item) => item.trim())) {
    if (part === "") continue;
    const known = named.get(part);
    if (known !== undefined) {
      ports.add(known);
      continue;
    }
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    const [first, last] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (range === null || first < 1 || last > 65535 || last < first) {
      const names = named.size === 0 ? "" : `. Ports that have a name: ${[...named.keys()].join(", ")}`;
      faulty(`"${part}" is neither a port nor a range of ports such as 6222-6224; it is ignored${names}`);
      continue;
    }
    for (let port = first; port <= last; port++) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}

/** The named ports, by name. */
export const portNames = (ports: readonly { name?: string; port: number }[]): Map<string, number> =>
  new Map(ports.flatMap(({ name, port }) => (name === undefined ? [] : [[name, port] as const])));
