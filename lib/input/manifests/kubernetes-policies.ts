import { fromKubernetes, type ItemOrigin, type KubernetesNetworkPolicy } from "../../cilium/api/from-kubernetes";
import { refusals } from "../../cilium/api/refusals";
import type { Path, Problem } from "../../common/problem";
import type { KubernetesObject } from "./objects";
import type { LocatedPolicy } from "./policies";
import { translatedPolicy } from "./translated-policy";
import { admittedPart, undecidedRules } from "./undecided";

/** Translates a Kubernetes NetworkPolicy into Cilium's terms. One that the API server refuses is reported and left out. */
export function readKubernetesPolicy(
  object: KubernetesObject,
  defaultNamespace: string,
  report: (problem: Problem) => void,
): LocatedPolicy | undefined {
  const { document } = object;
  const namespace = object.namespace ?? defaultNamespace;
  const stored = admittedPart(object, namespace, report);
  if (stored === undefined) return undefined;
  const manifest = stored.object as unknown as KubernetesNetworkPolicy;
  const original: KubernetesNetworkPolicy = { ...manifest, metadata: { ...manifest.metadata, namespace } };
  const { policy: translated, ingress, egress } = fromKubernetes(original);
  const undecided = undecidedRules(object, ({ spec }) => fromKubernetes({ ...original, spec }).policy.spec);
  const isWhole = undecided?.some((part) => part.isWhole) === true;
  const { spec, ...rest } = translated;
  const policy = {
    ...rest,
    ...(!isWhole && spec !== undefined && { spec }),
    ...(undecided !== undefined && { undecided }),
  };
  const placeOf = (path: Path) => pathInOriginal(path, { ingress, egress });
  // Some policies crash the agent, which then enforces no policy at all.
  for (const { code, path, message } of refusals(policy))
    report({ code, file: document.file, ...document.position(placeOf(path ?? [])), message });
  return translatedPolicy(policy, document, stored, original, placeOf);
}

type Origins = Record<"ingress" | "egress", readonly ItemOrigin[]>;

/** The path in the original policy of a path in the translation, or the nearest one that exists. */
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
