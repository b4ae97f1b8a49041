import { DecodeError, fields, mapOf, object, optional, string } from "./decode";

export const POLICY_GROUP = "policy.linkerd.io";
export const GATEWAY_GROUP = "gateway.networking.k8s.io";
export const WORKLOAD_GROUP = "workload.linkerd.io";

/** Kinds of Linkerd's policy controller, as `group/Kind`. */
export type PolicyKind =
  | "policy.linkerd.io/Server"
  | "policy.linkerd.io/ServerAuthorization"
  | "policy.linkerd.io/AuthorizationPolicy"
  | "policy.linkerd.io/MeshTLSAuthentication"
  | "policy.linkerd.io/NetworkAuthentication"
  | "policy.linkerd.io/HTTPRoute"
  | "policy.linkerd.io/HTTPLocalRateLimitPolicy"
  | "policy.linkerd.io/EgressNetwork"
  | "gateway.networking.k8s.io/HTTPRoute"
  | "gateway.networking.k8s.io/GRPCRoute"
  | "workload.linkerd.io/ExternalWorkload";

/** The served versions of each kind (edge-26.8.3, with the Gateway API that linkerd-crds installs). */
const VERSIONS: Readonly<Record<PolicyKind, readonly string[]>> = {
  "policy.linkerd.io/Server": ["v1alpha1", "v1beta1", "v1beta2", "v1beta3"],
  "policy.linkerd.io/ServerAuthorization": ["v1alpha1", "v1beta1"],
  "policy.linkerd.io/AuthorizationPolicy": ["v1alpha1"],
  "policy.linkerd.io/MeshTLSAuthentication": ["v1alpha1"],
  "policy.linkerd.io/NetworkAuthentication": ["v1alpha1"],
  "policy.linkerd.io/HTTPRoute": ["v1alpha1", "v1beta1", "v1beta2", "v1beta3"],
  "policy.linkerd.io/HTTPLocalRateLimitPolicy": ["v1alpha1"],
  "policy.linkerd.io/EgressNetwork": ["v1alpha1"],
  "gateway.networking.k8s.io/HTTPRoute": ["v1", "v1beta1"],
  "gateway.networking.k8s.io/GRPCRoute": ["v1", "v1alpha2"],
  "workload.linkerd.io/ExternalWorkload": ["v1alpha1", "v1beta1"],
};

/** A Kubernetes object as written, not decoded yet. */
export type RawObject = {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: unknown;
  readonly spec?: unknown;
};

/** The metadata that the policy controller reads. */
export interface Metadata {
  namespace: string;
  name: string;
  labels: ReadonlyMap<string, string>;
  annotations: ReadonlyMap<string, string>;
  /** `creationTimestamp`, in milliseconds since the epoch. Absent in manifests. */
  createdAt?: number;
}

/** The kind of an object; undefined if it is not one of Linkerd's, or if its version is not served. */
export function policyKind(object: RawObject): PolicyKind | undefined {
  if (typeof object.apiVersion !== "string" || typeof object.kind !== "string") return undefined;
  const [group = "", version = ""] = object.apiVersion.split("/");
  const kind = `${group}/${object.kind}`;
  if (!isPolicyKind(kind)) return undefined;
  return VERSIONS[kind].includes(version) ? kind : undefined;
}

function isPolicyKind(kind: string): kind is PolicyKind {
  return Object.hasOwn(VERSIONS, kind);
}

export function apiVersionOf(object: RawObject): string {
  return String(object.apiVersion).split("/").at(-1) ?? "";
}

const metadata = object({
  namespace: optional(string),
  name: optional(string),
  labels: optional(mapOf(string)),
  annotations: optional(mapOf(string)),
  creationTimestamp: optional(string),
});

/** Decodes the metadata. Objects without a namespace are in `default`, where kubectl would create them. */
export function metadataOf(raw: RawObject): Metadata {
  const { namespace, name, labels, annotations, creationTimestamp } = metadata(raw.metadata, "metadata");
  if (name === undefined || name === "") throw new DecodeError("metadata.name", "is missing");
  const createdAt = creationTimestamp === undefined ? Number.NaN : Date.parse(creationTimestamp);
  return {
    namespace: namespace ?? "default",
    name,
    labels: labels ?? new Map(),
    annotations: annotations ?? new Map(),
    ...(Number.isNaN(createdAt) ? {} : { createdAt }),
  };
}

/** The spec, which every kind has. */
export function specOf(raw: RawObject): Readonly<Record<string, unknown>> {
  return fields(raw.spec, "spec");
}
