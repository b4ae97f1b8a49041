import { canonical } from "../../kubernetes/schema/list-types";
import { policyKind } from "../../linkerd/api/object";
import type { KubernetesObject } from "./objects";
import { hasPlaceholder, placeholderWords } from "./placeholders";
import { isRecord, memberAt } from "./shape";

type Members = Record<string, unknown>;

/** An authorization object with unknown values: what it admits at least, and at most. */
interface Extremes {
  /** What it admits at least. Absent: no one. */
  least?: Members;
  most: Members;
}

/** An identity that no proxy has, and an address that no client has. */
const NOBODY = { identity: "nobody.invalid", network: { cidr: "255.255.255.255/32" } };
const EVERYBODY = { networks: [{ cidr: "0.0.0.0/0" }, { cidr: "::/0" }] };

/**
 * Reads a Linkerd authorization object with unknown values. One that can only admit is kept at its narrowest and at its broadest. Of any other, only
 * the place is known, where every decision becomes unknown.
 *
 * @returns undefined if it affects no server, such as a route for a Gateway
 */
export function undecidedAuthorization(object: KubernetesObject): KubernetesObject | undefined {
  const { value, document } = object;
  const kind = policyKind(value);
  const spec = isRecord(value.spec) ? value.spec : {};
  const missing = placeholderWords([object.name, object.namespace, spec]);
  const written = canonical([kind, object.namespace, object.name, spec]);
  const place = hasPlaceholder(object.namespace) ? ("*" as const) : undefined;
  const unknown = { ...object, unknownAuthorization: { missing, written, ...(place !== undefined && { place }) } };
  if (hasPlaceholder([object.name, object.namespace])) return isOfServers(kind, spec) ? unknown : undefined;
  const extremes = extremesOf(kind, spec);
  if (extremes === undefined) return isOfServers(kind, spec) ? unknown : undefined;
  const withSpec = (given: Members) => ({ ...value, spec: given });
  const made = extremes.least === undefined ? value : withSpec(extremes.least);
  return {
    ...object,
    value: made,
    document: { ...document, value: made },
    extremes: { isAbsent: extremes.least === undefined, most: withSpec(extremes.most), missing, written },
  };
}

function extremesOf(kind: string | undefined, spec: Members): Extremes | undefined {
  switch (kind) {
    case "policy.linkerd.io/MeshTLSAuthentication": {
      const known = [spec.identities, spec.identityRefs].map((list) =>
        (Array.isArray(list) ? list : []).filter((one) => !hasPlaceholder(one)),
      );
      const [identities = [], identityRefs = []] = known;
      const none = identities.length + identityRefs.length === 0;
      return {
        least: {
          ...((none || identities.length > 0) && { identities: none ? [NOBODY.identity] : identities }),
          ...(identityRefs.length > 0 && { identityRefs }),
        },
        most: { identities: ["*"] },
      };
    }
    case "policy.linkerd.io/NetworkAuthentication": {
      const networks = (Array.isArray(spec.networks) ? spec.networks : []).filter((one) => !hasPlaceholder(one));
      return { least: { networks: networks.length === 0 ? [NOBODY.network] : networks }, most: EVERYBODY };
    }
    case "policy.linkerd.io/AuthorizationPolicy":
      return hasPlaceholder(spec.targetRef) ? undefined : { most: { ...spec, requiredAuthenticationRefs: [] } };
    case "policy.linkerd.io/ServerAuthorization":
      return hasPlaceholder(spec.server) ? undefined : { most: { ...spec, client: { unauthenticated: true } } };
    default:
      return undefined;
  }
}

/** Whether an object may affect what servers accept. */
function isOfServers(kind: string | undefined, spec: Members): boolean {
  if (kind === undefined) return false;
  const name = kind.split("/").at(-1) ?? "";
  if (["Server", "ServerAuthorization", "AuthorizationPolicy"].includes(name) || name.endsWith("Authentication"))
    return true;
  if (name !== "HTTPRoute" && name !== "GRPCRoute") return false;
  const parents = Array.isArray(spec.parentRefs) ? spec.parentRefs : [];
  return (
    parents.length === 0 ||
    parents.some((parent) => hasPlaceholder(memberAt(parent, ["kind"])) || memberAt(parent, ["kind"]) === "Server")
  );
}
