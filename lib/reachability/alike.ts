import { admits, type ClientAuthorization } from "../linkerd/policy/authorization";
import type { Client } from "../linkerd/policy/client";
import type { ServerRateLimit } from "../linkerd/policy/rate-limits";
import type { ServerPolicy } from "../linkerd/policy/server-policy";

/** Tells clients apart that a port's policies tell apart: by which authorizations admit them, and by the requests that they have left. */
export class Alike {
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

  /** The same for clients that get the same answers, come they by the same way. */
  keyOf(client: Client): string {
    const admitted = this.authorizations.map((authorization) => admits(authorization, client));
    const limits = this.limits.map((limit) => limit.for(client.identity).client);
    return `${admitted.join()} ${limits.join()}`;
  }
}
