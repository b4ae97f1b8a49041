import { K8S_SOURCE } from "../../cilium/api/labels";
import { endpointKind } from "../../cilium/policy/identity";
import { isIdentityLabel } from "../../cilium/policy/label-filter";
import type { EndpointFacts } from "../../scenario/scenario";

type Labels = Readonly<Record<string, string>>;

/** Labels that usually identify a workload, most usual first. */
const usual: readonly (readonly string[])[] = [
  ["app.kubernetes.io/name"],
  ["app.kubernetes.io/name", "app.kubernetes.io/instance"],
  ["app.kubernetes.io/name", "app.kubernetes.io/component"],
  ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"],
  ["app"],
  ["k8s-app"],
  ["linkerd.io/control-plane-component"],
  ["name"],
  ["component"],
];
/** Labels that controllers and injectors set, which change. */
const volatile = /^(linkerd\.io\/|pod-template-hash$|controller-revision-hash$|.*job-name$)/;

/**
 * The labels by which a policy selects the pods of a workload: those of its controller's selector, where it is known; otherwise the fewest usual ones
 * that select no other known workload. Undefined where its pods have no labels.
 */
export function selectorOf(
  endpoint: EndpointFacts,
  endpoints: readonly EndpointFacts[],
  ofController: Labels | undefined,
): Record<string, string> | undefined {
  const labels = endpoint.labels ?? {};
  const others = endpoints.filter(
    (other) =>
      other.id !== endpoint.id &&
      other.namespace === endpoint.namespace &&
      other.representative === undefined &&
      endpointKind(other) === "pod",
  );
  const isAlone = (chosen: Labels) =>
    others.every(({ labels: theirs = {} }) => Object.entries(chosen).some(([key, value]) => theirs[key] !== value));
  const all = Object.fromEntries(Object.entries(labels).filter(([key]) => !volatile.test(key) && counts(key)));
  const candidates = [
    ...(ofController === undefined ? [] : [kept(ofController, labels)]),
    ...usual.map((keys) => picked(keys, labels)),
    all,
  ].filter((one): one is Record<string, string> => one !== undefined && Object.keys(one).length > 0);
  return candidates.find(isAlone) ?? candidates.at(-1);
}

const counts = (key: string) => isIdentityLabel({ source: K8S_SOURCE, key });

function picked(keys: readonly string[], labels: Labels): Record<string, string> | undefined {
  const found = keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const]));
  return found.length === keys.length ? Object.fromEntries(found) : undefined;
}

/** The controller's labels that Cilium keeps in identities. Others select nothing. */
function kept(wanted: Labels, labels: Labels): Record<string, string> | undefined {
  const entries = Object.entries(wanted).filter(([key, value]) => counts(key) && labels[key] === value);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
