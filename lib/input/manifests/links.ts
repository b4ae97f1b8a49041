import type { Unseen } from "../../common/unseen";
import { parseAddress } from "../../kubernetes/cidr";
import { INBOUND_PORT } from "../../linkerd/wire/wire";
import { groupOf } from "./kinds";
import { describeObject, type KubernetesObject } from "./objects";
import { hasPlaceholder } from "./placeholders";
import type { ServiceManifest } from "./service-manifest";
import { memberAt } from "./shape";

/** Another cluster that Linkerd's multicluster extension is linked to, and its gateway. */
export interface LinkFacts {
  /** `targetClusterName` */
  cluster: string;
  /** The gateway's addresses. Empty: it has none, or they are unknown. */
  addresses: string[];
  /** The port on which the gateway accepts connections of proxies. */
  port: number;
  /** The port of the gateway's probe. */
  probePort?: number;
}

/** Whether an object is a Link. */
export const isLink = ({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): boolean =>
  kind === "Link" && groupOf(apiVersion) === "multicluster.linkerd.io";

/** Reads a Link, and reports what cannot be evaluated of it. */
export function readLink(object: KubernetesObject, namespace: string): { link: LinkFacts; unseen: Unseen[] } {
  const specText = (...path: string[]) => {
    const value = memberAt(object.value, ["spec", ...path]);
    return typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  };
  const given = specText("gatewayAddress")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const addresses = given.filter((part) => parseAddress(part) !== undefined);
  const names = given.filter((part) => parseAddress(part) === undefined);
  const place = {
    file: object.document.file,
    line: object.document.position([]).line,
    object: describeObject({ ...object, namespace }),
  };
  const unseen = names.map(
    (name): Unseen => ({
      ...place,
      reason: `the address of its gateway is ${hasPlaceholder(name) ? "filled in later" : `that of the name ${name}`}, so the gateway is not evaluated`,
      fix: "Give its addresses in `spec.gatewayAddress`",
    }),
  );
  const probePort = portIn(specText("probeSpec", "port"));
  const link = {
    cluster: specText("targetClusterName") || object.name,
    addresses,
    port: portIn(specText("gatewayPort")) ?? INBOUND_PORT,
    ...(probePort !== undefined && { probePort }),
  };
  return { link, unseen };
}

/** The cluster whose Service a Service mirrors, and whether its clients connect to the gateway there or directly to the pods. */
export function mirrorOf({
  labels = {},
}: Pick<ServiceManifest, "labels">): { cluster: string; isFlat: boolean } | undefined {
  const discovered = labels["multicluster.linkerd.io/remote-discovery"];
  if (discovered !== undefined) return { cluster: discovered, isFlat: true };
  const cluster = labels["mirror.linkerd.io/cluster-name"];
  return cluster === undefined || labels["mirror.linkerd.io/mirrored-service"] !== "true"
    ? undefined
    : { cluster, isFlat: false };
}

/** Reports what is not evaluated of a mirrored Service. Undefined if everything is. */
export function unseenMirror(
  object: KubernetesObject,
  service: ServiceManifest,
  links: readonly LinkFacts[],
): Unseen | undefined {
  const mirror = mirrorOf(service);
  if (mirror === undefined) return undefined;
  const { cluster, isFlat } = mirror;
  const place = {
    file: object.document.file,
    line: object.document.position([]).line,
    object: describeObject({ ...object, namespace: service.namespace }),
  };
  if (isFlat)
    return {
      ...place,
      reason: `its clients connect to pods of cluster ${cluster}, which no manifest here describes`,
      fix: "Include that cluster's pods with `--cluster` and Cilium's name for it",
    };
  if (gatewayOf(service, cluster, links).addresses.length > 0) return undefined;
  return {
    ...place,
    reason: `its clients connect to the gateway of cluster ${cluster}, whose address is not known`,
    fix: "Give the Link, or the Endpoints of this Service",
  };
}

/** The gateway that clients of a mirrored Service connect to: the Link's, or the one in its own Endpoints. */
export function gatewayOf(
  { backends = [] }: Pick<ServiceManifest, "backends">,
  cluster: string,
  links: readonly LinkFacts[],
): Pick<LinkFacts, "addresses" | "port" | "probePort"> {
  const link = links.find((one) => one.cluster === cluster && one.addresses.length > 0);
  return link ?? { addresses: backends, port: INBOUND_PORT };
}

function portIn(text: string): number | undefined {
  const port = Number(text);
  return text !== "" && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
