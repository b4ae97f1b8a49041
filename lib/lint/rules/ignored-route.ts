import { GATEWAY_GROUP } from "../../linkerd/api/object";
import { type LintRule, Severity } from "../finding";

export const ignoredRoute: LintRule = {
  id: "ignored-route",
  severity: Severity.Error,
  title: "Route that Linkerd ignores on its Server",
  why:
    "A route with one rule that Linkerd's policy controller cannot use (a filter such as URLRewrite, RequestMirror or ExtensionRef, a bad path or regular expression) is left out whole, and " +
    "the Server falls back to its own authorizations for every path. A parentRef to a Server needs `group: policy.linkerd.io` and `kind: Server`, and neither port nor sectionName " +
    "nor another namespace.",
  fix: "Take out what is not supported, and write the parentRef with group, kind and name of a Server of the same namespace.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { ignoredRoutes, routeStatuses, objects } = linkerd.policy;
    for (const { route, reason } of ignoredRoutes)
      yield { linkerd: linkerd.placeOf(route.kind, route), path: ["spec"], message: `is ignored whole: ${reason}` };
    for (const { route, parent, reason } of routeStatuses) {
      if (reason !== "NoMatchingParent") continue;
      yield {
        linkerd: linkerd.placeOf(route.kind, route),
        path: ["spec", "parentRefs"],
        message: `does nothing: there is no Server ${parent.namespace}/${parent.name}`,
      };
    }
    const servers = new Set(objects.servers.map(({ namespace, name }) => `${namespace}/${name}`));
    for (const route of [...objects.httpRoutes, ...objects.grpcRoutes])
      for (const [at, { group, kind, name }] of route.parents.entries()) {
        const isOther = kind !== "Server" || group === GATEWAY_GROUP;
        const isMeant = kind === "Server" || (kind === "Gateway" && group === route.group);
        if (!isOther || !isMeant || !servers.has(`${route.namespace}/${name}`)) continue;
        yield {
          linkerd: linkerd.placeOf(route.kind, route),
          path: ["spec", "parentRefs", at],
          message: `is a ${kind} of ${group}, as it is written, so that the route is not attached to Server ${name}`,
        };
      }
  },
};
