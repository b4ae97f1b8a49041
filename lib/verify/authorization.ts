import type { AuthorizationRef } from "../linkerd/policy/authorization";
import type { PortOwner } from "../linkerd/policy/server-policy";
import { authorizationWords, ownerWords } from "../linkerd/policy/words";
import { type Sample, sum } from "./metrics";
import type { Observation } from "./observation";

/** The counters in which a proxy reports which clients its authorization admitted and refused. */
export const authorizationMetrics: ReadonlySet<string> = new Set([
  "inbound_http_authz_allow_total",
  "inbound_http_authz_deny_total",
  "inbound_http_route_not_found_total",
  "inbound_tcp_authz_allow_total",
  "inbound_tcp_authz_deny_total",
]);

/** Which requests or connections of a client the proxy's authorization admitted and refused. */
export interface AuthorizationCounts {
  admitted: readonly AuthorizationCount[];
  /** Including those that no route matched. */
  refused: readonly AuthorizationCount[];
}

/** Requests that one object decided about. */
export interface AuthorizationCount {
  /** `Server podinfo-9898`, `default policy all-unauthenticated`. */
  owner: string;
  /** The route that matched, where one is attached. */
  route?: string;
  /** What admitted them: `AuthorizationPolicy podinfo-9898-accounts`. */
  by?: string;
  count: number;
}

/** The client, as the server's proxy knows it. */
export interface ProxyClient {
  serviceAccount: string;
  namespace: string;
  /** Whether it proves its identity. */
  secured: boolean;
}

/**
 * What a proxy counted for one client on one port. The kubelet's probes have a route of their own and are left out. Clients without an
 * identity are not told apart.
 *
 * @param increases The increases of the counters of the target's proxy.
 */
export function authorizationCounts(
  increases: readonly Sample[],
  port: number,
  client: ProxyClient,
): AuthorizationCounts {
  const identity = `${client.serviceAccount}.${client.namespace}.serviceaccount.identity.`;
  const mine = increases.filter(({ name, labels }) => {
    if (!authorizationMetrics.has(name) || labels.srv_port !== String(port) || labels.route_name === "probe")
      return false;
    return client.secured ? labels.client_id?.startsWith(identity) : labels.tls !== "true";
  });
  const admits = ({ name }: Sample) => name.endsWith("_allow_total");
  return {
    admitted: mine.filter(admits).map(decided),
    refused: mine.filter((sample) => !admits(sample)).map(decided),
  };
}

function decided(sample: Sample): AuthorizationCount {
  const { srv_kind, srv_name = "", route_kind = "default", route_name, authz_kind, authz_name } = sample.labels;
  const owner: PortOwner =
    srv_kind === "server" ? { kind: "server", namespace: "", name: srv_name } : { kind: "default", name: srv_name };
  return {
    owner: ownerWords(owner),
    ...(route_kind !== "default" && route_name !== undefined && { route: route_name }),
    ...(authz_name !== undefined && {
      by: authorizationWords({ kind: (authz_kind ?? "default") as AuthorizationRef["kind"], name: authz_name }, owner),
    }),
    count: sum([sample]),
  };
}

/** The server's proxy refused the request, or may have. */
export type Refusal = { state: "refused" | "unclear"; how: string };

/**
 * Distinguishes a refusal by the server's proxy from the application's own response. Both may be 403 or 404, and the header `l5d-proxy-error`
 * does not reach every client: on a live cluster, meshed clients got responses without it. So the proxy's counters decide. If they were not
 * read, the response is compared with what the application answers its own pod, without a proxy.
 *
 * @param counted What the target's proxy counted, or why that is not known.
 * @param self What the target answered itself.
 * @returns Undefined if the proxy did not refuse it.
 */
export function refusalOf(
  observation: Observation,
  counted: AuthorizationCounts | string | undefined,
  self: Observation | undefined,
): Refusal | undefined {
  const { status, proxyError, refusal, cut } = observation;
  const seen = typeof counted === "object" ? counted.refused : [];
  const isAnswer = status === 403 || status === 404;
  // A proxy refuses a TCP connection by closing it. The client's own proxy, if any, then answers 502, or nothing.
  const isCut = refusal === true || cut === true || observation.outcome === "ambiguous";
  if (seen.length > 0 && (isAnswer || isCut))
    return { state: "refused", how: `the target's proxy refused it: ${seen.map(words).join(", ")}` };
  if (cut === true && typeof counted !== "object" && self?.cut !== true) return refusalOfCut(self);
  if (!isAnswer) return undefined;
  if (proxyError !== undefined) return { state: "refused", how: `Linkerd's authorization refuses it: ${proxyError}` };
  if (typeof counted === "object") return undefined;
  if (self?.status === undefined)
    return { state: "unclear", how: `whether the application says ${status} or the proxy before it is not known` };
  if (self.status === status) return undefined;
  return { state: "refused", how: `its own pod is answered ${self.status}: the ${status} is the proxy's` };
}

function refusalOfCut(self: Observation | undefined): Refusal {
  if (self?.status === undefined)
    return {
      state: "unclear",
      how: "whether the application closes the connection or the proxy before it is not known",
    };
  return { state: "refused", how: `its own pod is answered ${self.status}: the proxy closes the connection` };
}

function words({ owner, route, count }: AuthorizationCount): string {
  const of = route === undefined ? owner : `${owner}, route ${route}`;
  return count === 1 ? of : `${of} (${count} times)`;
}

/** The authorization that admitted a request, compared with the one that the verdict names. */
export interface Admission {
  state: "proven" | "differs";
  how: string;
}

/**
 * @param predicted Linkerd's part of the verdict; undefined if it decides nothing there.
 * @param route The route that should take the request; other requests of the same client may take other routes meanwhile.
 */
export function admissionOf(
  counted: AuthorizationCounts | string | undefined,
  predicted: { owner: string; admittedBy?: readonly string[] } | undefined,
  route?: string,
): Admission | undefined {
  if (predicted === undefined || typeof counted !== "object") return undefined;
  const { owner, admittedBy = [] } = predicted;
  const admitted = counted.admitted.filter((one) => route === undefined || one.route === route);
  if (admitted.length === 0) return undefined;
  const by = admitted.map((one) => `${one.owner}, ${one.by ?? "nobody"}`);
  const how = `the target's proxy admitted it by ${[...new Set(by)].join(" and ")}`;
  const isPredicted = admitted.every(
    (one) => one.owner === owner && one.by !== undefined && admittedBy.includes(one.by),
  );
  return isPredicted
    ? { state: "proven", how }
    : { state: "differs", how: `${how}, and not by ${[owner, ...admittedBy].join(", ")}` };
}
