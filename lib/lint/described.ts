import {
  CLUSTER_KEY,
  K8S_SOURCE,
  LabelSet,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  RESERVED_SOURCE,
} from "../cilium/api/labels";
import { holds, type Selector } from "../cilium/api/selector";
import { clusterName, podLabels } from "../cilium/policy/identity";
import { wellKnown } from "../linkerd/wire/well-known";
import type { EndpointFacts, Scenario } from "../scenario/scenario";
import type { LintContext } from "./context";
import { mayHaveUnseenPods } from "./unseen";

/**
 * Whether the scenario describes the pods that a selector could mean, so that selecting none is a slip. It does not describe a namespace without any known
 * pod, other clusters, or anything other than pods.
 */
export function isDescribed({ pods, scenario, facts }: LintContext, selector: Selector): boolean {
  if (!meansOwnPods(selector, scenario)) return false;
  const given = new Set(pods.filter((pod) => !isWellKnown(pod.facts)).map((pod) => pod.facts.namespace));
  const wanted = namespacesOf(selector, scenario);
  if (mayHaveUnseenPods(facts, wanted)) return false;
  return wanted === undefined ? given.size > 0 : wanted.length > 0 && wanted.every((name) => given.has(name));
}

/** The known namespaces to which a selector is confined; undefined if it is not confined. */
export function namespacesOf({ requirements }: Selector, scenario: Scenario): readonly string[] | undefined {
  const named = requirements.find(({ key, operator }) => key === NAMESPACE_KEY && operator === "In");
  if (named !== undefined) return named.values;
  const labelled = requirements.filter(
    ({ key, operator }) => key.startsWith(NAMESPACE_LABELS_PREFIX) && (operator === "In" || operator === "Exists"),
  );
  if (labelled.length === 0) return undefined;
  return (scenario.namespaces ?? [])
    .map(({ name }) => name)
    .filter((namespace) => {
      const labels = podLabels({ namespace }, scenario);
      return labelled.every((requirement) => holds(requirement, labels));
    });
}

function meansOwnPods({ requirements }: Selector, { cluster }: Scenario): boolean {
  const own = new LabelSet([{ source: K8S_SOURCE, key: CLUSTER_KEY, value: clusterName(cluster) }]);
  return requirements.every(
    (requirement) =>
      requirement.source !== RESERVED_SOURCE && (requirement.key !== CLUSTER_KEY || holds(requirement, own)),
  );
}

/** Whether the endpoint is a well-known pod, which scenarios contain if a policy names it, even if no manifest describes its namespace. */
function isWellKnown({ namespace, labels = {} }: EndpointFacts): boolean {
  return Object.values(wellKnown).some(
    (known) =>
      known.namespace === namespace && Object.entries(known.labels).every(([key, value]) => labels[key] === value),
  );
}
