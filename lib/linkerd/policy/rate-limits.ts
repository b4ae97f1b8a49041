import { accountIdentity } from "../api/identity";
import type { RateLimitPolicy } from "../api/limits";
import { POLICY_GROUP } from "../api/object";
import type { Server } from "../api/server";
import { targetsKind } from "../api/target-ref";
import { append } from "./selector-index";
import type { PolicySettings } from "./settings";

/** The rate limit for a client, which each replica's proxy enforces on its own. Requests above it get status 429. */
export interface RateLimit {
  /** The name of the HTTPLocalRateLimitPolicy. */
  policy: string;
  /** Requests per second of all clients together. Absent: unlimited. */
  total?: number;
  /** Requests per second of this client's identity; clients without an identity share one limit. Absent: unlimited. */
  client?: number;
}

/** The rate limit of each Server: that of the oldest policy, or of the first by name if they are equally old. */
export class RateLimits {
  private readonly byServer = new Map<string, RateLimitPolicy[]>();

  constructor(
    policies: readonly RateLimitPolicy[],
    private readonly settings: PolicySettings,
  ) {
    for (const policy of policies) {
      const { targetRef } = policy.spec;
      if (targetsKind(targetRef, POLICY_GROUP, "Server"))
        append(this.byServer, key(policy.namespace, targetRef.name), policy);
    }
  }

  /** The rate limit of a Server. Only HTTP Servers have one, not those for gRPC or TCP. */
  of({ namespace, name, protocol }: Pick<Server, "namespace" | "name" | "protocol">): ServerRateLimit | undefined {
    if (protocol !== "detect" && protocol !== "http1" && protocol !== "http2") return undefined;
    const [first] = [...(this.byServer.get(key(namespace, name)) ?? [])].sort(
      (a, b) =>
        (a.createdAt ?? Number.POSITIVE_INFINITY) - (b.createdAt ?? Number.POSITIVE_INFINITY) ||
        (a.name < b.name ? -1 : 1),
    );
    return first && new ServerRateLimit(first, this.settings);
  }
}

/** The rate limit of one Server. */
export class ServerRateLimit {
  /** Requests per second of the identities with an override. */
  readonly overrides = new Map<string, number>();

  /** The name of the HTTPLocalRateLimitPolicy. */
  readonly policy: string;
  /** Requests per second of all clients together. Absent: unlimited. */
  readonly total?: number;
  /** Requests per second of each identity without an override. Absent: unlimited. */
  readonly identity?: number;

  constructor(policy: RateLimitPolicy, settings: PolicySettings) {
    const { total, identity, overrides = [] } = policy.spec;
    this.policy = policy.name;
    if (total !== undefined) this.total = total.requestsPerSecond;
    if (identity !== undefined) this.identity = identity.requestsPerSecond;
    for (const { clientRefs, requestsPerSecond } of overrides ?? [])
      for (const ref of clientRefs)
        if (targetsKind(ref, "", "ServiceAccount"))
          this.overrides.set(accountIdentity(ref.name, ref.namespace ?? policy.namespace, settings), requestsPerSecond);
  }

  /** The limit for a client, by its identity. */
  for(identity: string | undefined): RateLimit {
    const own = identity === undefined ? undefined : this.overrides.get(identity);
    const client = own ?? this.identity;
    return {
      policy: this.policy,
      ...(this.total !== undefined && { total: this.total }),
      ...(client !== undefined && { client }),
    };
  }
}

const key = (namespace: string, name: string) => `${namespace}\0${name}`;
