import { GATEWAY_GROUP } from "../../linkerd/api/object";
import { type LintRule, Severity } from "../finding";

export const ignoredRoute: LintRule = {
  id: "ignored-route",
  severity: Severity.Error,
  title: "A route that Linkerd ignores",
  why:
    "If Linkerd's policy controller cannot use one rule of a route (a filter such as URLRewrite, RequestMirror or ExtensionRef, an invalid path or " +
    "regular expression), it ignores the whole route, and the Server's own authorizations apply to every path. A parentRef to a Server needs `group: " +
    "policy.linkerd.io` and `kind: Server`, and must not have a port, a sectionName or another namespace.",
  fix: "Remove what is not supported, and write the parentRef with group, kind and the name of a Server in the same namespace.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { ignoredRoutes, routeStatuses, objects } = linkerd.policy;
    for (const { route, reason } of ignoredRoutes)
      yield {
        linkerd: linkerd.placeOf(route.kind, route),
        path: ["spec"],
        data: {},
        message: `is ignored as a whole: ${reason}`,
      };
    for (const { route, parent, reason } of routeStatuses) {
      if (reason !== "NoMatchingParent") continue;
      yield {
        linkerd: linkerd.placeOf(route.kind, route),
        path: ["spec", "parentRefs"],
        data: { namespace: parent.namespace, server: parent.name },
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
          data: { group, kind, name },
          message: `is a ${kind} of ${group}, as written, so the route is not attached to Server ${name}`,
        };
      }
  },
};
