import type { ClusterNetworkPolicy } from "../../cilium/api/cluster-network-policy";
import { fromClusterNetworkPolicy, type OrderedOrigin } from "../../cilium/api/from-cluster-network-policy";
import type { EvaluatedPolicy, ItemList, ItemOrder, Rule } from "../../cilium/api/policy";
import type { Path, Problem } from "../../common/problem";
import type { KubernetesObject } from "./objects";
import type { LocatedPolicy } from "./policies";
import { isRecord } from "./shape";
import { translatedPolicy } from "./translated-policy";
import { admittedPart } from "./undecided";

/** Translates a ClusterNetworkPolicy into Cilium's terms. One that the API server refuses is reported and left out. */
export function readClusterPolicy(
  object: KubernetesObject,
  report: (problem: Problem) => void,
): LocatedPolicy | undefined {
  const { document } = object;
  if (object.undecided !== undefined) return undecidedPolicy(object);
  const stored = admittedPart(object, undefined, report);
  if (stored === undefined) return undefined;
  const original = stored.object as unknown as ClusterNetworkPolicy;
  const { policy, origins } = fromClusterNetworkPolicy(original);
  return translatedPolicy(policy, document, stored, original, (path) => pathInClusterPolicy(path, origins));
}

/**
 * A ClusterNetworkPolicy with placeholders. The effect of its rules depends on the rules before them, so the whole policy is unknown in the
 * directions that it has. It is evaluated before everything that is known in its tier or, if the tier is unknown, in all tiers.
 */
function undecidedPolicy({ document, name, undecided = [] }: KubernetesObject): LocatedPolicy {
  const anything: Rule = {
    endpointSelector: {},
    enableDefaultDeny: { ingress: false, egress: false },
    ingress: [{ fromEntities: ["all"] }],
    ingressDeny: [{ fromEntities: ["all"] }],
    egress: [{ toEntities: ["all"] }],
    egressDeny: [{ toEntities: ["all"] }],
  };
  const speaksOf = (direction: string) => undecided.some(({ spec }) => isRecord(spec) && spec[direction] !== undefined);
  const rule = Object.fromEntries(
    Object.entries(anything).filter(([member]) => !/gress/.test(member) || speaksOf(member.replace("Deny", ""))),
  ) as Rule;
  const first: ItemOrder[] = [{ priority: Number.NEGATIVE_INFINITY }];
  const isBaseline = undecided.every(({ spec }) => isRecord(spec) && spec.tier === "Baseline");
  const manifest: EvaluatedPolicy = {
    kind: "ClusterNetworkPolicy",
    metadata: { name },
    ordered: {
      tier: isBaseline ? "Baseline" : "Admin",
      items: { ingress: first, ingressDeny: first, egress: first, egressDeny: first },
    },
    undecided: undecided.map(({ path, missing, written = "" }) => ({ rule, path, missing, written, isWhole: true })),
  };
  return { manifest, document, source: document, nulls: [], createOnly: false };
}

/** The path in the original policy of a path in the translation, or the nearest one that exists. */
function pathInClusterPolicy(path: Path, origins: Readonly<Record<ItemList, readonly OrderedOrigin[]>>): Path {
  const [spec, field, index, list, item] = path;
  if (spec !== "spec") return path;
  if (field === "endpointSelector") return ["spec", "subject"];
  if (typeof field !== "string" || !Object.hasOwn(origins, field)) return ["spec"];
  const origin = origins[field as ItemList][Number(index)];
  if (origin === undefined) return ["spec"];
  const direction = field.startsWith("ingress") ? "ingress" : "egress";
  const base = ["spec", direction, origin.rule];
  if (list === "toPorts") return [...base, "protocols", ...(typeof item === "number" ? [item] : [])];
  return list === undefined ? base : [...base, direction === "ingress" ? "from" : "to", origin.peer];
}
