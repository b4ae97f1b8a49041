import { fromKubernetes, type ItemOrigin, type KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import type { Path, Problem } from "../../common/problem";
import { parsePrefix, prefixContains } from "../../kubernetes/cidr";
import { describeObject, type KubernetesObject } from "./objects";
import { type LocatedPolicy, withoutNulls } from "./policies";
import { labelSelector } from "./policy-shape";
import { any, type Fault, faultsOf, integer, list, mapOf, object, oneOfWords, type Shape, string } from "./shape";

const block = object({ cidr: string, except: list(string) }, { required: ["cidr"] });
const peers = list(
  object(
    { podSelector: labelSelector, namespaceSelector: labelSelector, ipBlock: block },
    { anyOf: ["podSelector", "namespaceSelector", "ipBlock"] },
  ),
);
const ports = list(
  object({
    port: { type: "integerOrString" },
    endPort: integer(1, 65535),
    protocol: oneOfWords("TCP", "UDP", "SCTP"),
  }),
);

const shape: Shape = object(
  {
    apiVersion: string,
    kind: string,
    metadata: object(
      { name: string, namespace: string, labels: mapOf(string), annotations: mapOf(string) },
      { required: ["name"], open: true },
    ),
    spec: object(
      {
        podSelector: labelSelector,
        policyTypes: list(oneOfWords("Ingress", "Egress")),
        ingress: list(object({ from: peers, ports })),
        egress: list(object({ to: peers, ports })),
      },
      { required: ["podSelector"] },
    ),
    status: any,
  },
  { required: ["metadata", "spec"] },
);

/**
 * Reads a Kubernetes NetworkPolicy in Cilium's terms. The API server checks these thoroughly, and Cilium takes what passed it; so one with a
 * fault is in no cluster and is left out.
 */
export function readKubernetesPolicy(
  object: KubernetesObject,
  defaultNamespace: string,
  report: (problem: Problem) => void,
): LocatedPolicy | undefined {
  const { document, value, kind, name } = object;
  const namespace = object.namespace ?? defaultNamespace;
  const faults = faultsOf(shape, value);
  const manifest = withoutNulls(value) as KubernetesNetworkPolicy;
  if (faults.length === 0) faults.push(...addressFaults(manifest));
  for (const [index, { path, message }] of faults.entries()) {
    report({
      file: document.file,
      object: describeObject({ ...object, namespace }),
      ...document.position(path),
      code: "refused-by-api-server",
      path,
      message: index === 0 ? `${message}. The policy is left out` : message,
      ...(index === 0 && { leftOut: { kind, name, namespace } }),
    });
  }
  if (faults.length > 0) return undefined;
  const original: KubernetesNetworkPolicy = { ...manifest, metadata: { ...manifest.metadata, namespace } };
  const { policy, ingress, egress } = fromKubernetes(original);
  const written = (path: Path) => pathInOriginal(path, { ingress, egress });
  const position = (path: Path) => document.position(written(path));
  return { manifest: policy, document: { ...document, position }, written, original };
}

function addressFaults({ spec = {} }: KubernetesNetworkPolicy): Fault[] {
  const fault = (path: Path, message: string): Fault => ({ path, message, kind: "invalid" });
  const blocks = [
    ...(spec.ingress ?? []).flatMap(({ from = [] }, rule) =>
      from.map(({ ipBlock }, peer) => ({ ipBlock, at: ["spec", "ingress", rule, "from", peer, "ipBlock"] })),
    ),
    ...(spec.egress ?? []).flatMap(({ to = [] }, rule) =>
      to.map(({ ipBlock }, peer) => ({ ipBlock, at: ["spec", "egress", rule, "to", peer, "ipBlock"] })),
    ),
  ];
  return blocks.flatMap(({ ipBlock, at }) => {
    if (ipBlock === undefined) return [];
    const cidr = parsePrefix(ipBlock.cidr);
    if (cidr === undefined) return [fault([...at, "cidr"], `"${ipBlock.cidr}" is not a CIDR such as 10.0.0.0/8`)];
    return (ipBlock.except ?? []).flatMap((text, index) => {
      const hole = parsePrefix(text);
      if (hole !== undefined && prefixContains(cidr, hole)) return [];
      return [fault([...at, "except", index], `"${text}" is not a CIDR within ${ipBlock.cidr}`)];
    });
  });
}

type Origins = Record<"ingress" | "egress", readonly ItemOrigin[]>;

/** Where what a path in the translation leads to stands in the policy as it was written, as near as there is something. */
function pathInOriginal(path: Path, origins: Origins): Path {
  const [spec, field, index, list, item] = path;
  if (spec !== "spec") return path;
  if (field === "endpointSelector") return ["spec", "podSelector", ...path.slice(2)];
  if ((field !== "ingress" && field !== "egress") || typeof index !== "number") return path;
  const { rule, peer } = origins[field][index] ?? {};
  if (rule === undefined) return ["spec"];
  const base = ["spec", field, rule];
  if (list === "toPorts") return typeof item === "number" ? [...base, "ports", item] : [...base, "ports"];
  if (list === undefined || peer === undefined) return base;
  return [...base, field === "ingress" ? "from" : "to", peer];
}
