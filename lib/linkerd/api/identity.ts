const SPIFFE = "spiffe://";
const DNS_LIKE = /^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Why an identity of a MeshTLSAuthentication is invalid. It must be a DNS name, `*`, `*.` and a DNS name, or a SPIFFE id. */
export function identityProblem(identity: string): string | undefined {
  if (!identity.startsWith(SPIFFE)) {
    return DNS_LIKE.test(identity) ? undefined : "it is neither a SPIFFE id nor a DNS name in lower case";
  }
  const rest = identity.slice(SPIFFE.length);
  const slash = rest.indexOf("/");
  const domain = slash < 0 ? rest : rest.slice(0, slash);
  if (domain === "") return "the SPIFFE id has no trust domain";
  if (!/^[a-z0-9._-]+$/.test(domain)) return "a SPIFFE trust domain has only a-z, 0-9, dots, dashes and underscores";
  if (slash < 0) return undefined;
  const segments = rest.slice(slash + 1).split("/");
  if (segments.some((segment) => segment === "")) return "the path of the SPIFFE id has an empty segment";
  if (segments.some((segment) => segment === "." || segment === "..")) {
    return "the path of the SPIFFE id has a segment of dots";
  }
  return segments.every((segment) => /^[A-Za-z0-9._-]+$/.test(segment))
    ? undefined
    : "the path of a SPIFFE id has only letters, digits, dots, dashes and underscores";
}

/** The identity of a service account: `NAME.NAMESPACE.serviceaccount.identity.CONTROL-PLANE.TRUST-DOMAIN`. */
export function accountIdentity(account: string, namespace: string, mesh: MeshNames): string {
  return `${account}.${namespace}.serviceaccount.identity.${mesh.controlPlaneNamespace}.${mesh.trustDomain}`;
}

/** The pattern of all identities of a namespace. */
export function namespaceIdentities(namespace: string, mesh: MeshNames): string {
  return `*.${namespace}.serviceaccount.identity.${mesh.controlPlaneNamespace}.${mesh.trustDomain}`;
}

/** The names that form the suffix of a mesh's identities. */
export interface MeshNames {
  controlPlaneNamespace: string;
  /** Linkerd's `identityTrustDomain`. */
  trustDomain: string;
}
