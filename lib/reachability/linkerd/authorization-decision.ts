import { present } from "../../common/maps";
import type { AuthorizationRef, ClientAuthorization } from "../../linkerd/policy/authorization";
import type { Client } from "../../linkerd/policy/client";
import { ADMIN_PORT, judged } from "../../linkerd/policy/decide";
import type { ServerPolicy } from "../../linkerd/policy/server-policy";
import { AUTHORIZATION_KINDS, authorizationWords, ownerWords } from "../../linkerd/policy/words";
import { admittedWords } from "./admitted-words";
import { admittedBy, type JudgedDecision, type LinkerdDecision, type RouteDecision } from "./linkerd-decision";
import type { RequestMatch } from "./request-match";
import { decideRoutes } from "./route-decision";

/** A client at a port. */
export interface ClientAtPort {
  port: number;
  client: Client;
  /** Whether its proxy sends opaque bytes without a protocol, because the port is opaque to it. */
  asBytes: boolean;
  /** Whether it sends probes, so that the paths of probes count for it. */
  probes: boolean;
}

/**
 * The decision about all requests of one client at a port. The client is assumed to speak the protocol that the port declares.
 *
 * @param policies The policies that the port may have: several if Servers overlap and none is known to be the oldest.
 */
export function decideAll(policies: readonly ServerPolicy[], asking: ClientAtPort): LinkerdDecision {
  const all = policies.map((policy) => withObjects(policy, limited(policy, asking, decideOne(policy, asking))));
  // Without a policy, never fall back to admitting everybody.
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

function decideOne(policy: ServerPolicy, { port, client, asBytes, probes }: ClientAtPort): JudgedDecision {
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
    // On the application's own port, the proxy does not detect TLS if the port is opaque, so clients have no identity there.
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
  // Every client may request the paths of probes, but if it may request nothing else, it counts as denied.
  return { ...(probes ? open : decision), routes: [...paths, { requests: ELSE, verdict: "denied", status: 403 }] };
}

/** The label of the requests that no other entry matches. */
export const ELSE = "everything else";

/** The decision of one list of authorizations about a client. */
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
    // Some list admits the client wherever its address lies, so the others do not matter.
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

function limited(
  { rateLimit }: ServerPolicy,
  { client, asBytes }: ClientAtPort,
  decision: JudgedDecision,
): JudgedDecision {
  if (rateLimit === undefined || asBytes || decision.verdict !== "allowed") return decision;
  return { ...decision, rateLimit: rateLimit.for(client.identity) };
}

/** Adds the deciding objects, all of which are in the Server's namespace. */
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
