import { parseAddress } from "../../kubernetes/cidr";
import { groupOf, type KubernetesObject } from "./objects";
import { hasPlaceholder } from "./placeholders";
import { isRecord } from "./shape";

const serviceLabel = "kubernetes.io/service-name";

/** The name of the Service that an object gives the backends of, if it is such a one. */
export function serviceOf({ apiVersion, kind, name, value }: KubernetesObject): string | undefined {
  const group = groupOf(apiVersion);
  if (group === "" && kind === "Endpoints") return name;
  if (group !== "discovery.k8s.io" || kind !== "EndpointSlice" || !isRecord(value.metadata)) return undefined;
  const { labels } = value.metadata;
  const service = isRecord(labels) ? labels[serviceLabel] : undefined;
  return typeof service === "string" ? service : undefined;
}

/** The addresses behind a Service. */
export interface Backends {
  addresses: string[];
  /** Whether each of them is known. */
  isWhole: boolean;
}

/**
 * The addresses behind Services, by `namespace/name`, as Endpoints and EndpointSlices give them. A Service without selector has no others.
 * Those that are not ready count as well: Cilium takes them out of the load balancer, and a moment later they may be back.
 */
export function backendsOf(objects: readonly KubernetesObject[], defaultNamespace: string): Map<string, Backends> {
  const found = new Map<string, Backends>();
  for (const object of objects) {
    const name = serviceOf(object);
    if (name === undefined) continue;
    const key = `${object.namespace ?? defaultNamespace}/${name}`;
    const addresses = object.kind === "Endpoints" ? endpointsAddresses(object.value) : sliceAddresses(object.value);
    const usable = addresses.filter((address) => parseAddress(address) !== undefined);
    const { addresses: others = [], isWhole = true } = found.get(key) ?? {};
    found.set(key, {
      addresses: [...new Set([...others, ...usable])].sort(),
      isWhole: isWhole && !hasPlaceholder(addresses),
    });
  }
  return found;
}

function endpointsAddresses({ subsets }: Record<string, unknown>): string[] {
  return records(subsets).flatMap(({ addresses, notReadyAddresses }) =>
    [...records(addresses), ...records(notReadyAddresses)].flatMap(({ ip }) => (typeof ip === "string" ? [ip] : [])),
  );
}

function sliceAddresses({ endpoints }: Record<string, unknown>): string[] {
  return records(endpoints).flatMap(({ addresses }) =>
    (Array.isArray(addresses) ? addresses : []).filter((address) => typeof address === "string"),
  );
}

const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
