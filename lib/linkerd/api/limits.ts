import { type Decoded, integer, list, object, optional, word } from "./decode";
import { network } from "./network";
import { type Metadata, metadataOf, type RawObject } from "./object";
import { targetRef } from "./target-ref";

const limit = object({ requestsPerSecond: integer(0, 0xffff_ffff) });

const rateLimitSpec = object({
  targetRef,
  total: optional(limit),
  identity: optional(limit),
  overrides: optional(list(object({ requestsPerSecond: integer(0, 0xffff_ffff), clientRefs: list(targetRef) }))),
});

/** The requests per second that a Server's proxy admits, independent of authorization. */
export interface RateLimitPolicy extends Metadata {
  spec: Decoded<typeof rateLimitSpec>;
}

export function decodeRateLimitPolicy(raw: RawObject): RateLimitPolicy {
  return { ...metadataOf(raw), spec: rateLimitSpec(raw.spec, "spec") };
}

const egressNetworkSpec = object({
  networks: optional(list(network)),
  trafficPolicy: word("Allow", "Deny"),
});

/** What a client's own proxy allows to leave the cluster. */
export interface EgressNetwork extends Metadata {
  spec: Decoded<typeof egressNetworkSpec>;
}

export function decodeEgressNetwork(raw: RawObject): EgressNetwork {
  return { ...metadataOf(raw), spec: egressNetworkSpec(raw.spec, "spec") };
}
