import type { ClientAuthorization } from "../linkerd/policy/authorization";
import type { Client } from "../linkerd/policy/client";
import { judged } from "../linkerd/policy/decide";
import type { PolicyRoute, PortOwner, ServerPolicy } from "../linkerd/policy/server-policy";

/** What Linkerd's proxy of the destination says of a client. */
export interface LinkerdDecision {
  /** `allowed`: at least something that it may ask for is answered by the application. */
  verdict: "allowed" | "denied" | "unknown";
  /** Who decides about the port: `Server cart-http`, `default policy deny`. */
  owner: string;
  /** Of an allowed one, the authorizations that admit: `AuthorizationPolicy cart-frontend`. */
  admittedBy?: readonly string[];
  /** Of a denied one, who is admitted, and what the client gets; of an unknown one, what would have to be known. */
  reason?: string;
  /** Where it depends on what is asked for: from the most that is allowed to the least. Absent: it does not. */
  routes?: readonly RouteDecision[];
}

/** What becomes of the requests that one route takes. */
export interface RouteDecision {
  /** `GET /env`, `/api/* at api.example.com`, `everything else`. */
  requests: string;
  /** What Linkerd does with them. */
  verdict: "allowed" | "denied" | "unknown";
  /** What the client gets where it is denied. */
  status?: 403 | 404;
}

/**
 * What one client gets at a port, whatever it asks for. It is taken for one that speaks what the port is declared to speak.
 *
 * @param policies Those that the port may have: several where Servers overlap of which none is known to be the oldest.
 * @param probes Whether the client is where probes come from, to which the paths of probes matter.
 */
export function decideAll(policies: readonly ServerPolicy[], client: Client, probes: boolean): LinkerdDecision {
  const all = policies.map((policy) => decideOne(policy, client, probes));
  const [first] = all;
  if (first === undefined) return { verdict: "allowed", owner: "nobody" };
  if (all.every(({ verdict, routes }) => verdict === first.verdict && same(routes, first.routes))) return first;
  const owners = all.map(({ owner }) => owner).sort();
  return {
    verdict: "unknown",
    owner: owners.join(" or "),
    reason: `which of ${owners.join(" and ")} is the oldest: it owns the port`,
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function decideOne(policy: ServerPolicy, client: Client, probes: boolean): LinkerdDecision {
  const owner = ownerWords(policy.owner);
  if (policy.invalid !== undefined) {
    return {
      verdict: "denied",
      owner,
      reason: `the proxy refuses the policy of its port and denies everything: ${policy.invalid}`,
    };
  }
  if (policy.protocol === "opaque" || policy.protocol === "tls") {
    // On the application's own port TLS is not looked for where the port is opaque, so that nobody has an identity there.
    const seen: Client =
      policy.protocol === "opaque" && client.via === "direct"
        ? { blocks: client.blocks, tls: "none", via: "direct" }
        : client;
    return whole(owner, policy.authorizations, seen, "closed");
  }
  const attached = policy.routes.filter(({ ref }) => ref.kind !== "default");
  if (attached.length === 0) {
    const decision = whole(owner, policy.authorizations, client, "403");
    const probe = policy.routes.find(({ ref }) => ref.name === "probe");
    if (decision.verdict !== "denied" || !probes || probe === undefined) return decision;
    const open = whole(owner, probe.authorizations, client, "403");
    if (open.verdict !== "allowed") return decision;
    return {
      ...open,
      routes: [
        { requests: "probes", verdict: "allowed" },
        { ...ELSE, status: 403 },
      ],
    };
  }
  return byRoute(owner, attached, client);
}

const ELSE = { requests: "everything else", verdict: "denied" } as const;
const ORDER = ["allowed", "unknown", "denied"] as const;

function byRoute(owner: string, attached: readonly PolicyRoute[], client: Client): LinkerdDecision {
  const decided = attached.map((route) => ({ route, ...whole(owner, route.authorizations, client, "403") }));
  const routes = decided
    .flatMap(({ route, verdict }): RouteDecision[] =>
      requestsOf(route).map((requests) => ({ requests, verdict, ...(verdict === "denied" && { status: 403 }) })),
    )
    .sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const takesAll = routes.some(({ requests }) => requests === EVERYTHING);
  const verdict = ORDER.find((one) => routes.some((route) => route.verdict === one)) ?? "denied";
  const uniform = takesAll && routes.every((route) => route.verdict === verdict);
  const deciding = decided.filter((one) => one.verdict === verdict);
  const admittedBy = [...new Set(deciding.flatMap((one) => one.admittedBy ?? []))].sort();
  const reason =
    deciding.find((one) => one.reason !== undefined)?.reason ??
    (verdict === "denied" ? `${owner} has no route for anything (404)` : undefined);
  return {
    verdict,
    owner,
    ...(verdict === "allowed" ? { admittedBy } : reason !== undefined && { reason }),
    ...(!uniform && { routes: takesAll ? routes : [...routes, { ...ELSE, status: 404 as const }] }),
  };
}

/** What one list of authorizations says of a client. */
function whole(
  owner: string,
  authorizations: readonly ClientAuthorization[],
  client: Client,
  answer: "403" | "closed",
): LinkerdDecision {
  const outcomes = judged(authorizations, client);
  const names = [
    ...new Set(outcomes.flatMap((refs) => refs ?? []).map(({ kind, name }) => `${KINDS[kind]} ${name}`)),
  ].sort();
  if (!outcomes.includes(undefined)) {
    // Whom an address may admit beside those that admit for certain is of no matter.
    const [certain = []] = outcomes;
    return { verdict: "allowed", owner, admittedBy: certain.map(({ kind, name }) => `${KINDS[kind]} ${name}`).sort() };
  }
  if (outcomes.length > 1) {
    return {
      verdict: "unknown",
      owner,
      reason: `the client's address, which the networks of ${names.join(", ")} ask for`,
    };
  }
  return { verdict: "denied", owner, reason: `${owner} admits ${admittedWords(authorizations)} (${answer})` };
}

export const KINDS = {
  authorizationpolicy: "AuthorizationPolicy",
  serverauthorization: "ServerAuthorization",
  default: "default policy",
} as const;

export const ownerWords = (owner: PortOwner) =>
  owner.kind === "server" ? `Server ${owner.name}` : `default policy ${owner.name}`;

const ACCOUNT = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./;
const OF_NAMESPACE = /^\.([^.]+)\.serviceaccount\.identity\./;
const MOST = 4;

/** `only sa prometheus.linkerd-viz`, or `nobody`. */
function admittedWords(authorizations: readonly ClientAuthorization[]): string {
  const words = new Set<string>();
  for (const { authentication, ref } of authorizations) {
    if (ref.kind === "default" && ref.name === "localhost") continue;
    if (authentication.kind === "none") words.add("clients from certain networks");
    else if (authentication.kind === "tls") words.add("clients with TLS");
    else {
      for (const identity of authentication.identities) {
        const [, account, namespace] = ACCOUNT.exec(identity) ?? [];
        words.add(account === undefined ? identity : `sa ${account}.${namespace}`);
      }
      for (const suffix of authentication.suffixes) {
        const [, namespace] = OF_NAMESPACE.exec(suffix) ?? [];
        words.add(suffix === "" ? "meshed clients" : namespace === undefined ? `*${suffix}` : `any sa of ${namespace}`);
      }
    }
  }
  if (words.size === 0) return "nobody";
  const sorted = [...words].sort();
  const more = sorted.length > MOST ? ` and ${sorted.length - MOST} more` : "";
  return `only ${sorted.slice(0, MOST).join(", ")}${more}`;
}

const EVERYTHING = "everything";

/** What a route takes, a text for each match. */
function requestsOf({ route }: PolicyRoute): string[] {
  if (route === undefined) return [EVERYTHING];
  const at = route.hostnames.length === 0 ? "" : ` at ${route.hostnames.join(", ")}`;
  const texts =
    route.kind === "HTTPRoute"
      ? route.rules.flatMap(({ matches }) =>
          matches.length === 0
            ? [EVERYTHING]
            : matches.map(({ path, method, headers, queryParams }) => {
                const all = path.type === "PathPrefix" && path.value === "/";
                const more =
                  (headers ?? []).length + (queryParams ?? []).length > 0 ? " with certain headers or parameters" : "";
                if (all && method === undefined && more === "") return EVERYTHING;
                const under = path.type === "PathPrefix" && !all ? `${path.value.replace(/\/+$/, "")}/*` : path.value;
                const shown = path.type === "RegularExpression" ? `~${path.value}` : all ? "/*" : under;
                return `${method === undefined ? "" : `${method} `}${shown}${more}`;
              }),
        )
      : route.rules.flatMap(({ matches }) =>
          matches.length === 0
            ? [EVERYTHING]
            : matches.map(({ method, headers }) => {
                const more = (headers ?? []).length > 0 ? " with certain headers" : "";
                return `gRPC ${method?.service || "*"}/${method?.method || "*"}${more}`;
              }),
        );
  return [...new Set(texts)].map((text) => `${text}${at}`);
}
