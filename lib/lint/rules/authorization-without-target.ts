import { didYouMean } from "../../common/did-you-mean";
import { GATEWAY_GROUP, POLICY_GROUP } from "../../linkerd/api/object";
import { sameText, targetsKind } from "../../linkerd/api/target-ref";
import { type LintRule, Severity } from "../finding";
import type { LinkerdContext } from "../linkerd-context";

export const authorizationWithoutTarget: LintRule = {
  id: "authorization-without-target",
  severity: Severity.Error,
  title: "An AuthorizationPolicy for something that does not exist",
  why:
    "A policy applies to a Server or a route of its own namespace, by exact name and API group: `policy.linkerd.io` and `gateway.networking.k8s.io` have " +
    "an HTTPRoute each. A policy for a Namespace applies to its Servers; it opens no port that no Server selects, even if the default policy closes it.",
  fix: "Name a Server or a route of the policy's namespace, with the API group in that object's manifest.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const { namespace, name, spec } of linkerd.policy.objects.authorizationPolicies) {
      const missing = missingTarget(linkerd, namespace, spec.targetRef);
      if (missing === undefined) continue;
      yield {
        linkerd: linkerd.placeOf("AuthorizationPolicy", { namespace, name }),
        path: ["spec", "targetRef", ...(missing.at === undefined ? [] : [missing.at])],
        data: {
          group: spec.targetRef.group,
          kind: spec.targetRef.kind,
          name: spec.targetRef.name,
          differs: missing.at,
        },
        message: `admits nobody: ${missing.why}`,
      };
    }
  },
};

interface Missing {
  at?: "name" | "group";
  why: string;
}

function missingTarget(
  { policy: { objects } }: LinkerdContext,
  namespace: string,
  target: { group?: string | undefined; kind: string; name: string },
): Missing | undefined {
  const own = <T extends { namespace: string }>(list: readonly T[]) =>
    list.filter((one) => one.namespace === namespace);
  if (targetsKind(target, "", "Namespace")) {
    return own(objects.servers).length > 0 ? undefined : { why: `there is no Server in the namespace ${namespace}` };
  }
  const isServer = targetsKind(target, POLICY_GROUP, "Server");
  const routes = own([...objects.httpRoutes, ...objects.grpcRoutes]).filter(({ kind }) => sameText(kind, target.kind));
  const known = isServer ? own(objects.servers) : routes.filter(({ group }) => targetsKind(target, group, target.kind));
  if (known.some(({ name }) => (isServer ? name === target.name : sameText(name, target.name)))) return undefined;
  const other = routes.find(({ name }) => sameText(name, target.name));
  if (!isServer && other !== undefined) {
    const wanted = other.group === GATEWAY_GROUP ? GATEWAY_GROUP : POLICY_GROUP;
    return { at: "group", why: `the ${target.kind} ${target.name} is one of ${wanted}` };
  }
  const names = known.map(({ name }) => name);
  return { at: "name", why: `there is no ${target.kind} ${namespace}/${target.name}${didYouMean(target.name, names)}` };
}
