import { INBOUND_ANNOTATIONS } from "../../linkerd/policy/workload";
import { exemptionOf, INJECT_ANNOTATION } from "../../linkerd/wire/injection";
import type { EndpointMesh, InboundFacts } from "../../scenario/scenario";
import type { KubernetesObject } from "./objects";
import { hasPlaceholder, placeholderWords } from "./placeholders";
import { readMesh } from "./pod-mesh";

/** What injection adds to pods without annotations in a namespace. */
export interface NamespaceMesh {
  /** Whether the pods get a proxy. */
  injects: boolean;
  /** The Namespace object. */
  source: KubernetesObject;
  /** The proxy's settings for ports. */
  mesh: EndpointMesh;
  /** What the policy controller reads of the pods. Absent: nothing. */
  inbound?: InboundFacts;
}

/** Reads the injection settings of a namespace. Undefined if none affects verdicts. */
export function namespaceMeshOf(
  source: KubernetesObject,
  { annotations, labels }: Record<"annotations" | "labels", Readonly<Record<string, string>>>,
): NamespaceMesh | undefined {
  if (!Object.keys(annotations).some((key) => /^(config\.)?linkerd\.io\//.test(key))) return undefined;
  const inject = annotations[INJECT_ANNOTATION];
  const injects = (inject === "enabled" || inject === "ingress") && exemptionOf(source.name, labels, {}) === undefined;
  const known = (key: string) => (hasPlaceholder(annotations[key]) ? undefined : annotations[key]);
  // An invalid list of ports is reported at the workloads that inherit it.
  const mesh = readMesh(true, [], known, new Map(), () => {});
  const inbound = inboundAnnotations(annotations);
  const decides = Object.keys(inbound.annotations ?? {}).length > 0 || inbound.unknown !== undefined;
  return mesh && { injects, source, mesh, ...(decides && { inbound }) };
}

/** The annotations that the policy controller reads. */
export function inboundAnnotations(
  all: Readonly<Record<string, string>>,
): Pick<InboundFacts, "annotations" | "unknown"> {
  const own = Object.entries(all).filter(([name]) => INBOUND_ANNOTATIONS.includes(name));
  const variable = own.filter(([, value]) => hasPlaceholder(value));
  return {
    annotations: Object.fromEntries(own.filter(([, value]) => !hasPlaceholder(value))),
    ...(variable.length > 0 && { unknown: placeholderWords(variable) }),
  };
}
