import { prefixContains } from "../../kubernetes/cidr";
import {
  type AuthorizationPolicy,
  decodeAuthorizationPolicy,
  decodeMeshTlsAuthentication,
  decodeNetworkAuthentication,
  decodeServerAuthorization,
  type MeshTlsAuthentication,
  type ServerAuthorization,
} from "./authorization";
import { DecodeError } from "./decode";
import { identityProblem } from "./identity";
import { decodeEgressNetwork, decodeRateLimitPolicy, type EgressNetwork, type RateLimitPolicy } from "./limits";
import type { Network } from "./network";
import { GATEWAY_GROUP, POLICY_GROUP, type PolicyKind, policyKind, type RawObject } from "./object";
import { decodeGrpcRoute, decodeHttpRoute, type Route } from "./route";
import { checkMatches, UnusableRoute } from "./route-match";
import { decodeServer, type Server } from "./server";
import { canonicalKind, type TargetRef, targetsKind } from "./target-ref";
import { parseTimeout } from "./timeout";

/**
 * Why the policy controller's admission webhook refuses an object that the API server accepted; undefined if it admits the object, or is not called
 * for its kind. The chart's webhook fails open by default, so that a refused object can still be in a cluster.
 */
export function webhookRefusal(raw: RawObject): string | undefined {
  const kind = policyKind(raw);
  const validate = kind === undefined ? undefined : VALIDATORS[kind];
  if (kind === undefined || validate === undefined) return undefined;
  try {
    return validate(raw);
  } catch (error) {
    if (error instanceof UnusableRoute) return error.message;
    if (!(error instanceof DecodeError)) throw error;
    // Gateway API objects that it cannot read may be meant for another controller.
    return kind.startsWith(`${GATEWAY_GROUP}/`) ? undefined : error.message;
  }
}

const VALIDATORS: Readonly<Partial<Record<PolicyKind, (raw: RawObject) => string | undefined>>> = {
  "policy.linkerd.io/Server": (raw) => server(decodeServer(raw)),
  "policy.linkerd.io/AuthorizationPolicy": (raw) => authorizationPolicy(decodeAuthorizationPolicy(raw)),
  "policy.linkerd.io/MeshTLSAuthentication": (raw) => meshTls(decodeMeshTlsAuthentication(raw)),
  "policy.linkerd.io/NetworkAuthentication": (raw) => networks(decodeNetworkAuthentication(raw).spec.networks),
  "policy.linkerd.io/ServerAuthorization": (raw) => serverAuthorization(decodeServerAuthorization(raw)),
  "policy.linkerd.io/HTTPRoute": (raw) => route(decodeHttpRoute(raw)),
  "gateway.networking.k8s.io/HTTPRoute": (raw) => route(decodeHttpRoute(raw)),
  "gateway.networking.k8s.io/GRPCRoute": (raw) => route(decodeGrpcRoute(raw)),
  "policy.linkerd.io/HTTPLocalRateLimitPolicy": (raw) => rateLimit(decodeRateLimitPolicy(raw)),
  "policy.linkerd.io/EgressNetwork": (raw) => egressNetwork(decodeEgressNetwork(raw)),
};

function server({ accessPolicyText, accessPolicy }: Server): string | undefined {
  if (accessPolicy !== undefined) return undefined;
  return `accessPolicy ${JSON.stringify(accessPolicyText)} is not a policy`;
}

/** The authentications that an AuthorizationPolicy may require, by group and kind. */
const AUTHENTICATIONS = [
  [POLICY_GROUP, "MeshTLSAuthentication"],
  ["", "ServiceAccount"],
  [POLICY_GROUP, "NetworkAuthentication"],
] as const;

const TARGETS = [
  [POLICY_GROUP, "Server"],
  ["", "Namespace"],
  [POLICY_GROUP, "HTTPRoute"],
  [GATEWAY_GROUP, "HTTPRoute"],
  [GATEWAY_GROUP, "GRPCRoute"],
] as const;

function authorizationPolicy({ namespace, spec }: AuthorizationPolicy): string | undefined {
  const { targetRef, requiredAuthenticationRefs: refs } = spec;
  if (targetsKind(targetRef, "", "Namespace") && targetRef.name !== namespace) {
    return `it targets the namespace ${targetRef.name}, but may only target its own, ${namespace}`;
  }
  const [meshTlsCount = 0, accounts = 0, networkCount = 0] = AUTHENTICATIONS.map(
    ([group, kind]) => refs.filter((ref) => targetsKind(ref, group, kind)).length,
  );
  if (meshTlsCount > 1) return "it requires more than one MeshTLSAuthentication";
  if (accounts > 1) return "it requires more than one ServiceAccount";
  if (meshTlsCount + accounts > 1) return "it requires both a MeshTLSAuthentication and a ServiceAccount";
  if (networkCount > 1) return "it requires more than one NetworkAuthentication";
  return authorizationPolicyProblem(targetRef, refs);
}

/** Why the policy controller itself ignores an AuthorizationPolicy, even if it bypassed the webhook. */
export function authorizationPolicyProblem(target: TargetRef, refs: readonly TargetRef[]): string | undefined {
  const unknown = refs.filter((ref) => !AUTHENTICATIONS.some(([group, kind]) => targetsKind(ref, group, kind)));
  if (unknown.length > 0) return `it requires ${unknown.map(canonicalKind).join(", ")}, which is not an authentication`;
  if (TARGETS.some(([group, kind]) => targetsKind(target, group, kind))) return undefined;
  return `it targets ${canonicalKind(target)}, which cannot be a target`;
}

function meshTls({ spec }: MeshTlsAuthentication): string | undefined {
  for (const identity of spec.identities ?? []) {
    const problem = identityProblem(identity);
    if (problem !== undefined) return `the identity ${JSON.stringify(identity)} is refused: ${problem}`;
  }
  for (const ref of spec.identityRefs ?? []) {
    if (targetsKind(ref, "", "ServiceAccount")) continue;
    if (!targetsKind(ref, "", "Namespace")) return `${canonicalKind(ref)} is not a source of identities`;
    if (ref.namespace !== undefined) return "an identityRef to a Namespace cannot have a namespace";
  }
  return undefined;
}

function networks(given: readonly Network[]): string | undefined {
  return given.length === 0 ? "at least one network must be specified" : excepts(given);
}

function excepts(given: readonly Network[]): string | undefined {
  for (const { cidr, except } of given) {
    for (const excepted of except) {
      if (prefixContains(excepted, cidr)) return "an except covers all of its cidr";
      if (!prefixContains(cidr, excepted)) return "an except is outside its cidr";
    }
  }
  return undefined;
}

function serverAuthorization({ spec: { client } }: ServerAuthorization): string | undefined {
  const { meshTLS: mesh } = client;
  if (mesh !== undefined && client.unauthenticated) return "unauthenticated must be false where meshTLS is given";
  const named = (mesh?.identities ?? []).length + (mesh?.serviceAccounts ?? []).length;
  if (mesh?.unauthenticatedTLS === true && named > 0) {
    return "unauthenticatedTLS must be false where identities or serviceAccounts are given";
  }
  return excepts(client.networks ?? []);
}

function route(given: Route): string | undefined {
  if (given.parents.some((parent) => targetsKind(parent, POLICY_GROUP, "EgressNetwork") && parent.port === undefined)) {
    return "an EgressNetwork as parent needs a port";
  }
  checkMatches(given);
  if (given.group === POLICY_GROUP) return timeouts(given);
  for (const { group, kind, port } of given.rules.flatMap(({ backends }) => backends)) {
    const isService = (group === undefined || group === "" || group === "core") && (kind ?? "Service") === "Service";
    if (isService && (port ?? 0) === 0) return "a Service as backend needs a port";
  }
  return undefined;
}

function timeouts(given: Route): string | undefined {
  for (const { timeouts: written } of given.rules) {
    const request = parseTimeout(written?.request, "request");
    const backendRequest = parseTimeout(written?.backendRequest, "backendRequest");
    if ((backendRequest ?? 0) < 0) return "the backendRequest timeout must not be negative";
    if ((request ?? 0) < 0) return "the request timeout must not be negative";
    if (request !== undefined && backendRequest !== undefined && backendRequest > request) {
      return "the backendRequest timeout must not be greater than the request timeout";
    }
  }
  return undefined;
}

function rateLimit({ spec: { targetRef, total, identity, overrides = [] } }: RateLimitPolicy): string | undefined {
  if (!targetsKind(targetRef, POLICY_GROUP, "Server")) return `${canonicalKind(targetRef)} cannot be limited`;
  const rates = [total, identity, ...(overrides ?? [])].flatMap((limit) => limit?.requestsPerSecond ?? []);
  if (rates.some((rate) => rate === 0)) return "requestsPerSecond must be greater than 0";
  if (total !== undefined && rates.some((rate) => rate > total.requestsPerSecond)) {
    return "no limit may be greater than the total";
  }
  const clients = (overrides ?? []).flatMap(({ clientRefs }) => clientRefs);
  return clients.every((ref) => targetsKind(ref, "", "ServiceAccount"))
    ? undefined
    : "the clientRefs of an override must be ServiceAccounts";
}

function egressNetwork({ spec }: EgressNetwork): string | undefined {
  return spec.networks === undefined ? undefined : networks(spec.networks);
}
