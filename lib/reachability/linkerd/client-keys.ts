import { admits, type ClientAuthorization } from "../../linkerd/policy/authorization";
import type { Client } from "../../linkerd/policy/client";
import type { ServerRateLimit } from "../../linkerd/policy/rate-limits";
import type { ServerPolicy } from "../../linkerd/policy/server-policy";

/** Keys by which the policies of a port distinguish clients: the authorizations that admit them, and their rate limits. */
export class ClientKeys {
  private readonly authorizations: readonly ClientAuthorization[];
  private readonly limits: readonly ServerRateLimit[];

  constructor(policies: readonly ServerPolicy[]) {
    const lists = policies.flatMap(({ authorizations, routes }) => [
      authorizations,
      ...routes.map((route) => route.authorizations),
    ]);
    this.authorizations = [...new Set(lists.flat())];
    this.limits = policies.flatMap(({ rateLimit }) => rateLimit ?? []);
  }

  /** Equal for clients that get the same answers over the same wire. */
  keyOf(client: Client): string {
    const admitted = this.authorizations.map((authorization) => admits(authorization, client));
    const limits = this.limits.map((limit) => limit.for(client.identity).client);
    return `${admitted.join()} ${limits.join()}`;
  }
}
