import { boolean, type Decoded, defaulted, list, object, optional, string } from "./decode";
import { network } from "./network";
import { type Metadata, metadataOf, type RawObject } from "./object";
import { selector } from "./selector";
import { targetRef } from "./target-ref";

const authorizationPolicySpec = object({
  targetRef,
  requiredAuthenticationRefs: list(targetRef),
});

/** Admits clients that satisfy all of its authentications to its target. */
export interface AuthorizationPolicy extends Metadata {
  spec: Decoded<typeof authorizationPolicySpec>;
}

export function decodeAuthorizationPolicy(raw: RawObject): AuthorizationPolicy {
  return { ...metadataOf(raw), spec: authorizationPolicySpec(raw.spec, "spec") };
}

const meshTlsAuthenticationSpec = object({
  identities: optional(list(string)),
  identityRefs: optional(list(targetRef)),
});

/** A set of mesh identities. */
export interface MeshTlsAuthentication extends Metadata {
  spec: Decoded<typeof meshTlsAuthenticationSpec>;
}

export function decodeMeshTlsAuthentication(raw: RawObject): MeshTlsAuthentication {
  return { ...metadataOf(raw), spec: meshTlsAuthenticationSpec(raw.spec, "spec") };
}

const networkAuthenticationSpec = object({ networks: list(network) });

/** A set of client addresses. */
export interface NetworkAuthentication extends Metadata {
  spec: Decoded<typeof networkAuthenticationSpec>;
}

export function decodeNetworkAuthentication(raw: RawObject): NetworkAuthentication {
  return { ...metadataOf(raw), spec: networkAuthenticationSpec(raw.spec, "spec") };
}

const serverAuthorizationSpec = object({
  server: object({ name: optional(string), selector: optional(selector) }),
  client: object({
    networks: optional(list(network)),
    unauthenticated: defaulted(boolean, false),
    meshTLS: optional(
      object({
        unauthenticatedTLS: defaulted(boolean, false),
        identities: optional(list(string)),
        serviceAccounts: optional(list(object({ namespace: optional(string), name: string }))),
      }),
    ),
  }),
});

/** The older way to admit clients to Servers; still evaluated. */
export interface ServerAuthorization extends Metadata {
  spec: Decoded<typeof serverAuthorizationSpec>;
}

export function decodeServerAuthorization(raw: RawObject): ServerAuthorization {
  return { ...metadataOf(raw), spec: serverAuthorizationSpec(raw.spec, "spec") };
}
