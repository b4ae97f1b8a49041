import type { ClientAuthorization } from "../linkerd/policy/authorization";
import type { Client } from "../linkerd/policy/client";
import type { PolicyRoute, ServerPolicy } from "../linkerd/policy/server-policy";
import { admittedWords } from "./admitted-words";
import type { LinkerdDecision, RouteDecision } from "./linkerd-decision";
import { breadth, matchesOf, type RequestMatch, requestWords } from "./request-match";

type Judge = (
  owner: string,
  authorizations: readonly ClientAuthorization[],
  client: Client,
  answer: "403" | "closed",
) => LinkerdDecision;

interface Judged {
  route: PolicyRoute;
  decision: LinkerdDecision;
}

const ELSE = "everything else";
const ORDER = ["allowed", "unknown", "denied"] as const;

/**
 * What a client gets at a port to which routes are attached. Requests that no route takes get 404; connections that are not HTTP, where the port lets them in at
 * all, are decided by the Server's own list.
 */
export function decideRoutes(
  owner: string,
  policy: ServerPolicy,
  attached: readonly PolicyRoute[],
  client: Client,
  judge: Judge,
): LinkerdDecision {
  const decided = attached.map(
    (route): Judged => ({ route, decision: judge(owner, route.authorizations, client, "403") }),
  );
  const { routes: taken, undecided } = byMatch(decided);
  const bytes = policy.protocol === "detect" ? judge(owner, policy.authorizations, client, "closed") : undefined;
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
  const uniform = takesAll && isWhole && routes.every((route) => route.verdict === verdict);
  const deciding = [...decided.map(({ decision }) => decision), ...(bytes === undefined ? [] : [bytes])].filter(
    (one) => one.verdict === verdict,
  );
  const admittedBy = [...new Set(deciding.flatMap((one) => one.admittedBy ?? []))].sort();
  const reason =
    (verdict === "denied"
      ? shutReason(owner, attached, taken.length === 0 ? "nothing" : takesAll ? "all" : "some")
      : undefined) ??
    deciding.map((one) => one.reason).find((one) => one !== undefined) ??
    (undecided.length > 0 ? `which of ${undecided.join(" and ")} is the oldest: it takes the request` : undefined);
  return {
    verdict,
    owner,
    ...(verdict === "allowed" ? { admittedBy } : reason !== undefined && { reason }),
    ...(!uniform && { routes: takesAll ? routes : [...routes, { requests: ELSE, verdict: "denied", status: 404 }] }),
  };
}

/** Who is let in by any route, and what everybody else gets. */
function shutReason(owner: string, attached: readonly PolicyRoute[], taken: "nothing" | "some" | "all"): string {
  if (taken === "nothing") return `${owner} has no route for anything (404)`;
  const all = new Set(attached.flatMap((route) => route.authorizations));
  return `${owner} admits ${admittedWords([...all])} (403${taken === "all" ? "" : "; 404 where no route matches"})`;
}

/** What is said of each match: of two routes that have the same one the older takes its requests. */
function byMatch(decided: readonly Judged[]): { routes: RouteDecision[]; undecided: string[] } {
  const taking = new Map<string, { match: RequestMatch; by: Judged[] }>();
  for (const one of decided) {
    for (const match of one.route.route === undefined ? [{}] : matchesOf(one.route.route)) {
      const key = requestWords(match);
      const known = taking.get(key) ?? { match, by: [] };
      taking.set(key, { match, by: [...known.by, one] });
    }
  }
  const undecided = new Set<string>();
  const routes = [...taking].map(([requests, { match, by }]): RouteDecision => {
    const oldest = by.filter((one) => !by.some((other) => other !== one && isOlder(other.route, one.route)));
    const [first, ...others] = oldest;
    const verdict = first?.decision.verdict ?? "denied";
    if (others.some(({ decision }) => decision.verdict !== verdict)) {
      for (const { route } of oldest) undecided.add(`${route.ref.kind} ${route.ref.name}`);
      return { requests, match, verdict: "unknown" };
    }
    return { requests, match, verdict, ...(verdict === "denied" && { status: 403 as const }) };
  });
  return { routes, undecided: [...undecided].sort() };
}

/** Whether a route is known to be the older, or of the same second and earlier by name. */
function isOlder(a: PolicyRoute, b: PolicyRoute): boolean {
  if (a.createdAt === undefined) return false;
  if (b.createdAt === undefined || a.createdAt < b.createdAt) return true;
  return a.createdAt === b.createdAt && a.ref.name < b.ref.name;
}
