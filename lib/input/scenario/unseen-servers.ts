import type { Unseen } from "../../common/unseen";
import { POLICY_GROUP, policyKind } from "../../linkerd/api/object";
import { selects } from "../../linkerd/api/selector";
import { targetsKind } from "../../linkerd/api/target-ref";
import { readObjects } from "../../linkerd/policy/objects";
import type { ClusterManifests } from "../manifests/cluster";
import { describeObject } from "../manifests/objects";
import type { PolicyObject } from "../manifests/policy-objects";

type WithAuthorization = Pick<ClusterManifests, "authorization">;

const ofServers = "whom it lets in depends on a Server, and no Server of its namespace is in the input";
const ofMachines = "whom it lets in depends on the ExternalWorkloads that it selects, and none of them is in the input";
const ofPolicies = "whom it lets in depends on an AuthorizationPolicy, and none is in the input";

/**
 * Reports Linkerd objects that differ from the other state and whose Servers, ExternalWorkloads or policies are not in the input. Without those they
 * have no effect here, although they have one in the cluster.
 */
export function unseenServers({ authorization }: WithAuthorization, other: WithAuthorization): Unseen[] {
  const { servers, authorizationPolicies, externalWorkloads } = readObjects(
    [...authorization, ...other.authorization].map(({ object }) => object),
  ).objects;
  const guarded = new Set(servers.map(({ namespace }) => namespace));
  const isSelected = (object: PolicyObject["object"]) => {
    const [server] = readObjects([object]).objects.servers;
    return externalWorkloads.some(
      ({ namespace, labels }) => server?.namespace === namespace && selects(server.selector, labels),
    );
  };
  const known = new Set(other.authorization.map(({ object }) => JSON.stringify(object)));
  return authorization.flatMap(({ object, source }): Unseen[] => {
    const namespace = namespaceOf(object);
    const missing = missingDependency(object);
    const isHere =
      missing === ofMachines
        ? isSelected(object)
        : missing === ofPolicies
          ? authorizationPolicies.length > 0
          : guarded.has(namespace);
    if (missing === undefined || isHere || known.has(JSON.stringify(object))) return [];
    const { kind, name, document } = source;
    return [
      {
        file: document.file,
        line: document.position([]).line,
        object: describeObject({ kind, name, namespace }),
        reason: missing,
        fix: "Give Linkerd's other policy objects too, from `kubectl get -o yaml`",
      },
    ];
  });
}

/** The kind of object without which this one has no effect, as a reason. Undefined: none. */
function missingDependency(object: PolicyObject["object"]): string | undefined {
  switch (policyKind(object)) {
    case "policy.linkerd.io/Server":
      return readObjects([object]).objects.servers[0]?.selects === "external-workloads" ? ofMachines : undefined;
    case "policy.linkerd.io/AuthorizationPolicy":
    case "policy.linkerd.io/ServerAuthorization":
      return ofServers;
    case "policy.linkerd.io/MeshTLSAuthentication":
    case "policy.linkerd.io/NetworkAuthentication":
      return ofPolicies;
    case "policy.linkerd.io/HTTPRoute":
    case "gateway.networking.k8s.io/HTTPRoute":
    case "gateway.networking.k8s.io/GRPCRoute": {
      const { httpRoutes, grpcRoutes } = readObjects([object]).objects;
      const parents = [...httpRoutes, ...grpcRoutes].flatMap(({ parents }) => parents);
      return parents.some((parent) => targetsKind(parent, POLICY_GROUP, "Server")) ? ofServers : undefined;
    }
    default:
      return undefined;
  }
}

function namespaceOf({ metadata }: PolicyObject["object"]): string {
  const { namespace } = (metadata ?? {}) as { namespace?: unknown };
  return typeof namespace === "string" ? namespace : "";
}
