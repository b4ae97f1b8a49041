import type { Decision } from "../linkerd/policy/decide";
import { authorizationWords, ownerWords } from "../linkerd/policy/words";
import type { Scenario } from "../scenario/scenario";
import { AuthorizationModel } from "./linkerd/authorization";
import type { LinkerdDecision } from "./linkerd/linkerd-decision";
import { matchesOf, type RequestMatch } from "./linkerd/request-match";
import type { Verdict } from "./verdict";

/** One HTTP request. */
export interface AskedRequest {
  /** E.g. `GET`. */
  method: string;
  /** E.g. `/api/orders`. */
  path: string;
}

/** The decision about one request. */
export interface RequestVerdict {
  request: AskedRequest;
  /** The verdict of the flow, with Linkerd's decision about this request. */
  verdict: Verdict;
  /** The route that takes the request; absent if none does. */
  route?: string;
}

/** Examples of requests, for ports where Linkerd decides by request. */
export class Requests {
  private readonly model: AuthorizationModel | undefined;
  private readonly endpoints: ReadonlyMap<string, Scenario["endpoints"][number]>;

  constructor(scenario: Scenario) {
    this.model = AuthorizationModel.of(scenario);
    this.endpoints = new Map(scenario.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  }

  /** The decision about a request on a flow; undefined if Linkerd does not decide, or the decision is unknown. */
  verdict(flow: Verdict, request: AskedRequest): RequestVerdict | undefined {
    const [from, to] = [this.endpoints.get(flow.from), this.endpoints.get(flow.to)];
    const { wire } = flow;
    if (this.model === undefined || from === undefined || to === undefined || wire === undefined) return undefined;
    const decisions = this.model.request(from, to, flow.port, wire, { protocol: "http1", ...request });
    const [decision, ...others] = decisions;
    if (decision === undefined || others.length > 0) return undefined;
    const linkerd = decided(decision);
    if (linkerd === undefined) return undefined;
    const allowed = flow.egress !== "denied" && flow.ingress !== "denied" && linkerd.verdict === "allowed";
    const route = decision.route?.kind === "default" ? undefined : decision.route?.name;
    return { request, verdict: { ...flow, allowed, linkerd }, ...(route !== undefined && { route }) };
  }

  /**
   * A request for each route of the flow's port, and one that no route takes. A route's example is the first request that no other route matches better.
   *
   * @returns also the names of routes without an example, because they match only by hosts, headers or regular expressions
   */
  ofRoutes(flow: Verdict): { found: RequestVerdict[]; without: string[] } {
    const to = this.endpoints.get(flow.to);
    const routes = to === undefined ? [] : (this.model?.routesAt(to, flow.port) ?? []);
    const found: RequestVerdict[] = [];
    const without: string[] = [];
    for (const { ref, route } of routes) {
      const examples = route === undefined ? [] : matchesOf(route).flatMap(examplesOf);
      const all = examples.map((request) => this.verdict(flow, request));
      const own = all.filter((one) => one?.route === ref.name);
      const best = own.find((each) => each !== undefined && isSafe(each.request)) ?? own[0];
      if (best === undefined) without.push(ref.name);
      else found.push(best);
    }
    const stray = routes.length === 0 ? undefined : this.verdict(flow, noRouteRequest);
    return { found: stray === undefined || stray.route !== undefined ? found : [...found, stray], without };
  }
}

/** Whether the method is safe (RFC 9110, 9.2.1). */
export const isSafe = ({ method }: AskedRequest): boolean => ["GET", "HEAD", "OPTIONS"].includes(method);

/** A request for a path that does not exist, which only a route for every path takes. */
const noRouteRequest: AskedRequest = { method: "GET", path: "/meshfence-verify/no-route" };

/** Example requests of a match that needs only a method and a path. */
function examplesOf({ method = "GET", path, ...others }: RequestMatch): AskedRequest[] {
  if (Object.keys(others).length > 0 || path?.type === "RegularExpression") return [];
  if (path?.type === "Exact") return [{ method, path: path.value }];
  const prefix = path?.value ?? "";
  // Also try a path below the prefix: another route may take the prefix itself.
  return [prefix === "" ? "/" : prefix, `${prefix}/meshfence-verify`].map((one) => ({ method, path: one }));
}

function decided({ verdict, status, owner, route, authorizations, reason }: Decision): LinkerdDecision | undefined {
  if (owner === undefined || verdict === "not-judged" || verdict === "refused") return undefined;
  const who = ownerWords(owner);
  if (verdict === "allowed")
    return { verdict, owner: who, admittedBy: authorizations.map((one) => authorizationWords(one, owner)).sort() };
  const where = route === undefined || route.kind === "default" ? who : `${who}, route ${route.name}`;
  const why = verdict === "not-found" ? `${who} has no route for it` : `${where} does not admit it`;
  return { verdict: "denied", owner: who, reason: reason ?? `${why} (${status})` };
}
