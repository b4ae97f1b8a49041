import { present } from "../common/maps";
import type { AuthorizationRef, ClientAuthorization } from "../linkerd/policy/authorization";
import type { Client } from "../linkerd/policy/client";
import { ADMIN_PORT, judged } from "../linkerd/policy/decide";
import type { ServerPolicy } from "../linkerd/policy/server-policy";
import { AUTHORIZATION_KINDS, authorizationWords, ownerWords } from "../linkerd/policy/words";
import { admittedWords } from "./admitted-words";
import { admittedBy, type JudgedDecision, type LinkerdDecision, type RouteDecision } from "./linkerd-decision";
import type { RequestMatch } from "./request-match";
import { decideRoutes } from "./route-decision";

/** A client at a port, and what decides about what it may ask there. */
export interface Asking {
  port: number;
  client: Client;
  /** Its proxy sends bytes and says no protocol, since the port is opaque to it. */
  asBytes: boolean;
  /** It is where probes come from, to which their paths matter. */
  probes: boolean;
}

/**
 * What one client gets at a port, whatever it asks for. It is taken for one that speaks what the port is declared to speak.
 *
 * @param policies Those that the port may have: several where Servers overlap of which none is known to be the oldest.
 */
export function decideAll(policies: readonly ServerPolicy[], asking: Asking): LinkerdDecision {
  const all = policies.map((policy) => withObjects(policy, limited(policy, asking, decideOne(policy, asking))));
  // To decide without a policy would be to let everybody in.
  const first = present(all[0], "the policy of a port");
  if (all.length === 1) return first;
  if (all.every(({ verdict, routes }) => verdict === first.verdict && same(routes, first.routes))) {
    const owners = all.map(({ owner }) => owner).sort();
    return { ...first, owner: owners.join(" or ") };
  }
  const owners = all.map(({ owner }) => owner).sort();
  return {
    verdict: "unknown",
    owner: owners.join(" or "),
    reason: `which of ${owners.join(" and ")} is the oldest: it owns the port`,
    objects: all.flatMap(({ objects = [] }) => objects.slice(0, 1)),
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function decideOne(policy: ServerPolicy, { port, client, asBytes, probes }: Asking): JudgedDecision {
  const { protocol } = policy;
  const owner = ownerWords(policy.owner);
  if (policy.invalid !== undefined) {
    return {
      verdict: "denied",
      owner,
      reason: `the proxy refuses the policy of its port and denies everything: ${policy.invalid}`,
    };
  }
  const listsBytes = protocol === "opaque" || protocol === "tls";
  if (port === ADMIN_PORT ? listsBytes : asBytes && !listsBytes && protocol !== "detect") {
    const why =
      port === ADMIN_PORT
        ? `the proxy's admin port speaks HTTP, for which ${owner} has no route`
        : `${owner} only takes requests, but clients' proxies send bytes to a port that is opaque to them`;
    return { verdict: "denied", owner, reason: `${why} (${port === ADMIN_PORT ? "404" : "closed"})` };
  }
  if (listsBytes) {
    // On the application's own port TLS is not looked for where the port is opaque, so that nobody has an identity there.
    const isSeen = protocol !== "opaque" || client.via === "4143";
    const seen: Client = isSeen ? client : { blocks: client.blocks, tls: "none", via: "direct" };
    return whole(policy, policy.authorizations, seen, "closed");
  }
  if (asBytes) return whole(policy, policy.authorizations, client, "closed");
  const attached = policy.routes.filter(({ ref }) => ref.kind !== "default");
  if (attached.length > 0) return decideRoutes(policy, attached, client, whole);
  const decision = whole(policy, policy.authorizations, client, "403");
  const probe = policy.routes.find((route) => route.probes !== undefined);
  if (decision.verdict !== "denied" || probe === undefined) return decision;
  const open = whole(policy, probe.authorizations, client, "403");
  if (open.verdict === "denied") return decision;
  const paths = (probe.probes ?? []).map((path): RouteDecision => {
    const match: RequestMatch = { method: "GET", path: { type: "Exact", value: path } };
    return { requests: `GET ${path}`, match, verdict: open.verdict };
  });
  // Anybody may ask for what probes ask for; to whom that is all, it is no way in.
  return { ...(probes ? open : decision), routes: [...paths, { requests: ELSE, verdict: "denied", status: 403 }] };
}

/** What is said of requests that nothing else is said of. */
export const ELSE = "everything else";

/** What one list of authorizations says of a client. */
export function whole(
  { owner: guard }: Pick<ServerPolicy, "owner">,
  authorizations: readonly ClientAuthorization[],
  client: Client,
  answer: "403" | "closed",
): JudgedDecision {
  const owner = ownerWords(guard);
  const words = (ref: AuthorizationRef) => authorizationWords(ref, guard);
  const outcomes = judged(authorizations, client);
  if (!outcomes.includes(undefined)) {
    // Whom an address may admit beside those that admit for certain is of no matter.
    const [certain = []] = outcomes;
    return { verdict: "allowed", owner, ...admittedBy(certain.map((ref) => ({ ...ref, words: words(ref) }))) };
  }
  if (outcomes.length > 1) {
    const names = [...new Set(outcomes.flatMap((refs) => refs ?? []).map(words))].sort();
    return {
      verdict: "unknown",
      owner,
      reason: `the client's address, which the networks of ${names.join(", ")} ask for (${admittedWords(authorizations, client)})`,
    };
  }
  return { verdict: "denied", owner, reason: `${owner} admits ${admittedWords(authorizations, client)} (${answer})` };
}

function limited({ rateLimit }: ServerPolicy, { client, asBytes }: Asking, decision: JudgedDecision): JudgedDecision {
  if (rateLimit === undefined || asBytes || decision.verdict !== "allowed") return decision;
  return { ...decision, rateLimit: rateLimit.for(client.identity) };
}

/** Authorizations and routes of a Server are in its namespace. */
function withObjects({ server, routes }: ServerPolicy, judged: JudgedDecision): LinkerdDecision {
  const { admitting: refs = [], ...decision } = judged;
  if (server === undefined) return decision;
  const { namespace } = server;
  const admitting = refs.flatMap(({ kind, name }) =>
    kind === "default" ? [] : [{ kind: AUTHORIZATION_KINDS[kind], namespace, name }],
  );
  const attached = routes.flatMap(({ ref: { kind, name } }) => (kind === "default" ? [] : [{ kind, namespace, name }]));
  const { rateLimit } = decision;
  const limits =
    rateLimit === undefined ? [] : [{ kind: "HTTPLocalRateLimitPolicy", namespace, name: rateLimit.policy }];
  const objects = [{ kind: "Server", namespace, name: server.name }, ...admitting, ...attached, ...limits];
  return { ...decision, objects };
}
