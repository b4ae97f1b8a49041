import type { Rule, UndecidedRules } from "../../cilium/api/policy";
import { refusals } from "../../cilium/api/refusals";
import type { Problem } from "../../common/problem";
import { type Admitted, admitted } from "./admitted";
import type { KubernetesObject, UndecidedPart } from "./objects";
import { hasPlaceholder, isPlaceholderName } from "./placeholders";
import { isRecord } from "./shape";

/** The known part of a policy, as a cluster stores it. It is always accepted if nothing of it is known. */
export function admittedPart(
  object: KubernetesObject,
  namespace: string | undefined,
  report: (problem: Problem) => void,
): Admitted | undefined {
  const { value, name, apiVersion, kind } = object;
  if (object.undecided !== undefined && value.spec === undefined && value.specs === undefined) {
    const metadata = { name, ...(namespace !== undefined && { namespace }) };
    return { object: { apiVersion, kind, metadata }, nulls: [], createOnly: false };
  }
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  if (
    object.document.isFinal === true ||
    (!hasPlaceholder([metadata.labels, metadata.annotations]) && !isPlaceholderName(name))
  )
    return admitted(object, namespace, report);
  // Its name and labels have no effect.
  const known = Object.fromEntries(
    Object.entries(metadata).filter(([key]) => key !== "labels" && key !== "annotations"),
  );
  const stored = admitted(
    { ...object, value: { ...value, metadata: { ...known, ...(isPlaceholderName(name) && { name: "unknown" }) } } },
    namespace,
    report,
  );
  if (stored === undefined) return undefined;
  return { ...stored, object: { ...stored.object, metadata: { ...(stored.object.metadata as object), name } } };
}

/** The parts that depend on unknown values, for the engine. */
export function undecidedRules(
  { undecided }: KubernetesObject,
  ruleOf: (part: UndecidedPart) => Rule | undefined,
): UndecidedRules[] | undefined {
  return undecided?.map((part) => {
    const { path, missing, written, isWhole, isSure, isAnywhere } = part;
    const rule = ruleOf(part) ?? {};
    const isUsable =
      refusals({ kind: "CiliumClusterwideNetworkPolicy", metadata: { name: "x" }, spec: rule }).length === 0;
    return {
      rule: isUsable ? rule : ANYTHING,
      path,
      missing,
      ...(written !== undefined && { written }),
      ...(isWhole && { isWhole }),
      ...(isSure && isUsable && { isSure }),
      ...(isAnywhere && { isAnywhere }),
    };
  });
}

/** Replaces rules whose known part Cilium refuses, so that they may be anything. */
const ANYTHING: Rule = {
  endpointSelector: {},
  ingress: [{ fromEntities: ["all"] }],
  ingressDeny: [{ fromEntities: ["all"] }],
  egress: [{ toEntities: ["all"] }],
  egressDeny: [{ toEntities: ["all"] }],
};
