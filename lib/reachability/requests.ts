import type { Decision } from "../linkerd/policy/decide";
import type { Scenario } from "../scenario/scenario";
import { AuthorizationModel } from "./authorization";
import { authorizationWords, ownerWords } from "./authorization-decision";
import type { LinkerdDecision } from "./linkerd-decision";
import { matchesOf, type RequestMatch } from "./request-match";
import type { Verdict } from "./verdict";

/** One HTTP request. */
export interface AskedRequest {
  /** E.g. `GET`. */
  method: string;
  /** E.g. `/api/orders`. */
  path: string;
}

/** What becomes of one request. */
export interface RequestVerdict {
  request: AskedRequest;
  /** That of the flow, with what Linkerd says of this request alone. */
  verdict: Verdict;
  /** The route that takes it; absent where none does. */
  route?: string;
}

/** Where Linkerd decides by request, requests that show it. */
export class Requests {
  private readonly model: AuthorizationModel | undefined;
  private readonly endpoints: ReadonlyMap<string, Scenario["endpoints"][number]>;

  constructor(scenario: Scenario) {
    this.model = AuthorizationModel.of(scenario);
    this.endpoints = new Map(scenario.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  }

  /** What becomes of a request on a flow; undefined where Linkerd does not decide it, or it is not known. */
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
   * A request for each route of the port that a flow goes to, and one that no route takes. Of a route, the first request that is that route's in
   * the end: another may match it better.
   *
   * @returns also the routes of which none can be made: by hosts, headers or regular expressions alone
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
      const one = own.find((each) => each !== undefined && isSafe(each.request)) ?? own[0];
      if (one === undefined) without.push(ref.name);
      else found.push(one);
    }
    const stray = routes.length === 0 ? undefined : this.verdict(flow, unlikely);
    return { found: stray === undefined || stray.route !== undefined ? found : [...found, stray], without };
  }
}

/** Methods that change nothing (RFC 9110, 9.2.1). */
export const isSafe = ({ method }: AskedRequest): boolean => ["GET", "HEAD", "OPTIONS"].includes(method);

/** A path that nothing is at, and no route but one for everything takes. */
const unlikely: AskedRequest = { method: "GET", path: "/meshfence-verify/no-route" };

/** Requests that a match takes by method and path alone. */
function examplesOf({ method = "GET", path, ...others }: RequestMatch): AskedRequest[] {
  if (Object.keys(others).length > 0 || path?.type === "RegularExpression") return [];
  if (path?.type === "Exact") return [{ method, path: path.value }];
  const prefix = path?.value ?? "";
  // Below a prefix too: another route may have the prefix itself.
  return [prefix === "" ? "/" : prefix, `${prefix}/meshfence-verify`].map((one) => ({ method, path: one }));
}

function decided({ verdict, status, owner, route, authorizations, reason }: Decision): LinkerdDecision | undefined {
  if (owner === undefined || verdict === "not-judged" || verdict === "refused") return undefined;
  const who = ownerWords(owner);
  if (verdict === "allowed") return { verdict, owner: who, admittedBy: authorizations.map(authorizationWords).sort() };
  const where = route === undefined || route.kind === "default" ? who : `${who}, route ${route.name}`;
  const why = verdict === "not-found" ? `${who} has no route for it` : `${where} does not admit it`;
  return { verdict: "denied", owner: who, reason: reason ?? `${why} (${status})` };
}
