import { parseAddress } from "../../kubernetes/cidr";
import { groupOf } from "./kinds";
import type { KubernetesObject } from "./objects";
import { hasPlaceholder } from "./placeholders";
import { isApiServers, type ServiceManifest } from "./service-manifest";
import { isRecord } from "./shape";

const serviceLabel = "kubernetes.io/service-name";

/** The name of the Service whose backends an Endpoints or EndpointSlice object lists. Undefined for other objects. */
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
  /** Whether all of them are known. */
  isWhole: boolean;
}

/**
 * The addresses behind Services, by `namespace/name`, from Endpoints and EndpointSlices. A Service without a selector has no others. Addresses that
 * are not ready are included: Cilium removes them from the load balancer, but they may return at any moment.
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

/** Sets the backends of a Service without a selector, as far as they are known. */
export function setBackends(service: ServiceManifest, found: Backends | undefined): void {
  const hasSelector = Object.keys(service.selector ?? {}).length > 0 || service.unknownSelector !== undefined;
  if (hasSelector || isApiServers(service)) return;
  if (found !== undefined) service.backends = found.addresses;
  // A Service without Endpoints in the manifests may still have some: controllers write them, too.
  if (found?.isWhole === false || service.backends === undefined) service.unseenBackends = true;
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
