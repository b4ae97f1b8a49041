import { accountIdentity } from "../api/identity";
import type { RateLimitPolicy } from "../api/limits";
import { POLICY_GROUP } from "../api/object";
import type { Server } from "../api/server";
import { targetsKind } from "../api/target-ref";
import { append } from "./selector-index";
import type { PolicySettings } from "./settings";

/** How much of a client's requests a proxy lets through, each replica for itself. More gets 429. */
export interface RateLimit {
  /** The HTTPLocalRateLimitPolicy. */
  policy: string;
  /** Requests a second of all clients together. */
  total?: number;
  /** Requests a second of this client's identity; clients without one share it. */
  client?: number;
}

/** Which rate limit counts on which Server: of several the oldest, and of those the first by name. */
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

  /** That of a Server; those of gRPC and of bytes have none. */
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
  /** By identity, the requests a second of those that have a number of their own. */
  readonly overrides = new Map<string, number>();

  /** Name of the HTTPLocalRateLimitPolicy. */
  readonly policy: string;
  /** Requests a second of all clients together. Absent: any number. */
  readonly total?: number;
  /** Requests a second of each identity without a number of its own. Absent: any number. */
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

  /** What it means for a client. */
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
