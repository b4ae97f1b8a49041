import type { ClientAuthorization } from "../../linkerd/policy/authorization";
import type { Client } from "../../linkerd/policy/client";
import type { PolicyRoute, ServerPolicy } from "../../linkerd/policy/server-policy";
import { ownerWords } from "../../linkerd/policy/words";
import { admittedWords } from "./admitted-words";
import { admittedBy, type JudgedDecision, type RouteDecision } from "./linkerd-decision";
import { type Redirected, redirectedBy } from "./redirected";
import { breadth, type RequestMatch, requestWords, takenBy } from "./request-match";

type Judge = (
  guarded: Pick<ServerPolicy, "owner">,
  authorizations: readonly ClientAuthorization[],
  client: Client,
  answer: "403" | "closed",
) => JudgedDecision;

interface Judged {
  route: PolicyRoute;
  decision: JudgedDecision;
}

const ELSE = "everything else";
const ORDER = ["allowed", "unknown", "denied"] as const;

/**
 * The decision about a client at a port with attached routes. Requests that no route takes get 404. If the port detects the protocol, the Server's own
 * list decides about connections that are not HTTP.
 */
export function decideRoutes(
  policy: ServerPolicy,
  attached: readonly PolicyRoute[],
  client: Client,
  judge: Judge,
): JudgedDecision {
  const owner = ownerWords(policy.owner);
  const decided = attached.map(
    (route): Judged => ({ route, decision: judge(policy, route.authorizations, client, "403") }),
  );
  const { routes: taken, undecided } = byMatch(decided);
  const bytes = policy.protocol === "detect" ? judge(policy, policy.authorizations, client, "closed") : undefined;
  const notHttp: RequestMatch = { notHttp: true };
  const listed =
    bytes === undefined || bytes.verdict === "denied"
      ? taken
      : [...taken, { requests: requestWords(notHttp), match: notHttp, verdict: bytes.verdict }];
  const routes = listed.sort(
    (a, b) =>
      ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
      breadth(b.match ?? {}) - breadth(a.match ?? {}) ||
      (a.requests < b.requests ? -1 : 1),
  );
  const verdict = ORDER.find((one) => routes.some((route) => route.verdict === one)) ?? "denied";
  const takesAll = taken.some(({ match = {} }) => Object.keys(match).length === 0);
  const isWhole = policy.protocol !== "detect" || (bytes?.verdict ?? "denied") === verdict;
  const uniform =
    takesAll &&
    isWhole &&
    routes.every((route) => route.verdict === verdict && (verdict === "denied" || route.status === undefined));
  const deciding = [...decided.map(({ decision }) => decision), ...(bytes === undefined ? [] : [bytes])].filter(
    (one) => one.verdict === verdict,
  );
  const admitting = deciding.flatMap((one) => one.admitting ?? []);
  const isRedirected = decided.some(({ decision }) => decision.verdict === "allowed");
  const reason =
    (verdict !== "denied"
      ? undefined
      : isRedirected
        ? redirectReason(owner, routes)
        : shutReason({ owner, attached, client }, taken.length === 0 ? "nothing" : takesAll ? "all" : "some")) ??
    deciding.map((one) => one.reason).find((one) => one !== undefined) ??
    (undecided.length > 0 ? `which of ${undecided.join(" and ")} is the oldest: it takes the request` : undefined);
  return {
    verdict,
    owner,
    ...(verdict === "allowed" ? admittedBy(admitting) : reason !== undefined && { reason }),
    ...(!uniform && { routes: takesAll ? routes : [...routes, { requests: ELSE, verdict: "denied", status: 404 }] }),
  };
}

/** The reason for a client whose admitted requests are all redirected. */
function redirectReason(owner: string, routes: readonly RouteDecision[]): string {
  const answers = [...new Set(routes.flatMap(({ status = 403 }) => (status === 403 ? [] : [status])))].sort();
  return `${owner} lets none of its requests through: routes redirect them (${answers.join(", ")})`;
}

/** The reason for a client that no route admits: whom the routes do admit, and what all others get. */
function shutReason(
  { owner, attached, client }: { owner: string; attached: readonly PolicyRoute[]; client: Client },
  taken: "nothing" | "some" | "all",
): string {
  if (taken === "nothing") return `${owner} has no route for anything (404)`;
  const all = new Set(attached.flatMap((route) => route.authorizations));
  return `${owner} admits ${admittedWords([...all], client)} (403${taken === "all" ? "" : "; 404 where no route matches"})`;
}

/** The decision about each match. If two routes have the same match, the older one takes its requests. */
function byMatch(decided: readonly Judged[]): { routes: RouteDecision[]; undecided: string[] } {
  const taking = new Map<string, { match: RequestMatch; by: (Judged & { redirected: Redirected | undefined })[] }>();
  for (const one of decided) {
    for (const taken of one.route.route === undefined ? [{ match: {}, filters: [] }] : takenBy(one.route.route)) {
      const key = requestWords(taken.match);
      const known = taking.get(key) ?? { match: taken.match, by: [] };
      taking.set(key, { match: taken.match, by: [...known.by, { ...one, redirected: redirectedBy(taken) }] });
    }
  }
  const undecided = new Set<string>();
  const routes = [...taking].map(([requests, { match, by }]): RouteDecision => {
    const oldest = by.filter((one) => !by.some((other) => other !== one && isOlder(other.route, one.route)));
    const [first, ...others] = oldest;
    const { verdict, status } = first === undefined ? { verdict: "denied" as const, status: 403 } : outcomeOf(first);
    if (others.some((other) => outcomeOf(other).verdict !== verdict)) {
      for (const { route } of oldest) undecided.add(`${route.ref.kind} ${route.ref.name}`);
      return { requests, match, verdict: "unknown" };
    }
    return { requests, match, verdict, ...(status !== undefined && { status }) };
  });
  return { routes, undecided: [...undecided].sort() };
}

/** Requests that are redirected never reach the application, so they count as denied. */
function outcomeOf({
  decision: { verdict },
  redirected,
}: {
  decision: JudgedDecision;
  redirected: Redirected | undefined;
}): {
  verdict: RouteDecision["verdict"];
  status?: number;
} {
  if (verdict === "denied") return { verdict, status: 403 };
  if (redirected === undefined) return { verdict };
  return redirected.isAll ? { verdict: "denied", status: redirected.status } : { verdict, status: redirected.status };
}

/** Whether `a` is known to go before `b`: created earlier or, in the same second, with the earlier name. */
function isOlder(a: PolicyRoute, b: PolicyRoute): boolean {
  if (a.createdAt === undefined) return false;
  if (b.createdAt === undefined || a.createdAt < b.createdAt) return true;
  return a.createdAt === b.createdAt && a.ref.name < b.ref.name;
}
