import { type Prefix, parseAddress, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import { groupOf } from "./kinds";
import type { KubernetesObject } from "./objects";
import { serviceOf } from "./service-backends";
import { isRecord, memberAt } from "./shape";

/** Where the API server is, as far as known. */
export interface ApiServer {
  /** Whether it is on no node, as in a managed cluster. To Cilium, it is then `world` as well. */
  isOutside: boolean;
  /** Its addresses. Empty: unknown. */
  addresses: readonly string[];
  /** Its port. Default: 6443. */
  port?: number;
}

/**
 * Finds the API server: in the endpoints of the Service `default/kubernetes`, which it maintains itself, or as the nodes with the control-plane role.
 * It is on a node if a node has its address. Without known nodes, it is on one unless its address is public or its port is 443, as in clusters that
 * clouds manage (kubeadm, k3s and RKE2 use 6443). Undefined if nothing shows where it is.
 */
export function apiServerOf(objects: readonly KubernetesObject[]): ApiServer | undefined {
  const nodes = objects.filter(({ apiVersion, kind }) => kind === "Node" && groupOf(apiVersion) === "");
  const found = objects.flatMap((object) => {
    const isIts = (object.namespace ?? "default") === "default" && serviceOf(object) === "kubernetes";
    return isIts ? backends(object) : [];
  });
  const addresses = [...new Set(found.map(({ address }) => address))];
  const port = found.map((one) => one.port).find((number) => number !== undefined);
  if (addresses.length === 0) {
    const itsOwn = nodes.length === 1 ? nodes : nodes.filter(isControlPlane);
    const known = itsOwn.flatMap(addressesOf);
    return known.length === 0 ? undefined : { isOutside: false, addresses: known };
  }
  const ofNodes = new Set(nodes.flatMap(addressesOf));
  const isOutside =
    nodes.length > 0
      ? !addresses.some((address) => ofNodes.has(address))
      : port === 443 || addresses.every((address) => isPublic(address));
  return { isOutside, addresses, ...(port !== undefined && { port }) };
}

function backends({ kind, value }: KubernetesObject): { address: string; port?: number | undefined }[] {
  const lists = kind === "Endpoints" ? records(value.subsets) : [value];
  return lists.flatMap((list) => {
    const port = records(list.ports)
      .map((one) => one.port)
      .find((one) => typeof one === "number");
    const addresses =
      kind === "Endpoints"
        ? records(list.addresses).map(({ ip }) => ip)
        : records(list.endpoints).flatMap((one) => (Array.isArray(one.addresses) ? one.addresses : []));
    return addresses.filter(isAddress).map((address) => ({ address, port }));
  });
}

function isControlPlane({ value }: KubernetesObject): boolean {
  const labels = memberAt(value, ["metadata", "labels"]);
  return ["control-plane", "master"].some((role) => isRecord(labels) && `node-role.kubernetes.io/${role}` in labels);
}

function addressesOf({ value }: KubernetesObject): string[] {
  return records(memberAt(value, ["status", "addresses"]))
    .filter(({ type }) => type === "InternalIP" || type === "ExternalIP")
    .map(({ address }) => address)
    .filter(isAddress);
}

const isAddress = (value: unknown): value is string => typeof value === "string" && parseAddress(value) !== undefined;
const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);

/** Private and link-local networks (RFC 1918, 3927, 4193, 4291, 6598). */
const privateNetworks: readonly Prefix[] = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
].flatMap((text) => parsePrefix(text) ?? []);

function isPublic(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && !privateNetworks.some((network) => prefixContains(network, address));
}
