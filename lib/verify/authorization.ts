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

/** What a proxy's authorization made of a client's requests or connections, in the words of a verdict. */
export interface Counted {
  /** Those that it admitted. */
  admitted: readonly Decided[];
  /** Those that it refused, or had no route for. */
  refused: readonly Decided[];
}

/** Requests that one object decided about. */
export interface Decided {
  /** `Server podinfo-9898`, `default policy all-unauthenticated`. */
  owner: string;
  /** The route that took them, where one is attached. */
  route?: string;
  /** Of what is admitted, by what: `AuthorizationPolicy podinfo-9898-accounts`. */
  by?: string;
  count: number;
}

/** Who asks, as the server's proxy knows it. */
export interface CountedClient {
  serviceAccount: string;
  namespace: string;
  /** Whether it comes with its identity. */
  secured: boolean;
}

/**
 * What a proxy counted about one client on one port. The kubelet's probes have a route of their own and are left out; of clients without an
 * identity a proxy knows no more than that.
 *
 * @param rise what the counters of the target's proxy rose by meanwhile
 */
export function countedOf(rise: readonly Sample[], port: number, client: CountedClient): Counted {
  const identity = `${client.serviceAccount}.${client.namespace}.serviceaccount.identity.`;
  const mine = rise.filter(({ name, labels }) => {
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

function decided(sample: Sample): Decided {
  const { srv_kind, srv_name = "", route_kind = "default", route_name, authz_kind, authz_name } = sample.labels;
  return {
    owner: srv_kind === "server" ? `Server ${srv_name}` : `default policy ${srv_name}`,
    ...(route_kind !== "default" && route_name !== undefined && { route: route_name }),
    ...(authz_name !== undefined && { by: `${kinds[authz_kind ?? ""] ?? authz_kind} ${authz_name}` }),
    count: sum([sample]),
  };
}

/** As verdicts name them. */
const kinds: { readonly [kind: string]: string } = {
  authorizationpolicy: "AuthorizationPolicy",
  serverauthorization: "ServerAuthorization",
  default: "default policy",
};

/** Whether an answer is a refusal of the server's proxy. */
export type Refusal = { state: "refused" | "unclear"; how: string };

/**
 * Tells a refusal of the server's proxy from an answer of the application. Both may be 403 or 404, and the header `l5d-proxy-error` does not
 * reach every client: a live cluster was seen to answer a meshed one without it. So the proxy's counters say it, and where these were not read,
 * what the application answers to its own pod, which passes no proxy.
 *
 * @param counted what the target's proxy counted meanwhile; else why that is not known
 * @param self what the target answered itself
 * @returns undefined where it is none
 */
export function refusalOf(
  observation: Observation,
  counted: Counted | string | undefined,
  self: Observation | undefined,
): Refusal | undefined {
  const { status, proxyError, refusal } = observation;
  const seen = typeof counted === "object" ? counted.refused : [];
  const isAnswer = status === 403 || status === 404;
  // Where the connection is for bytes, a proxy that refuses closes it, and the client's own proxy says 502 of that, or nothing.
  const isCut = refusal === true || observation.outcome === "ambiguous";
  if (seen.length > 0 && (isAnswer || isCut))
    return { state: "refused", how: `the target's proxy refused it: ${seen.map(words).join(", ")}` };
  if (!isAnswer) return undefined;
  if (proxyError !== undefined) return { state: "refused", how: `Linkerd's authorization refuses it: ${proxyError}` };
  if (typeof counted === "object") return undefined;
  if (self?.status === undefined)
    return { state: "unclear", how: `whether the application says ${status} or the proxy before it is not known` };
  if (self.status === status) return undefined;
  return { state: "refused", how: `its own pod is answered ${self.status}: the ${status} is the proxy's` };
}

function words({ owner, route, count }: Decided): string {
  const of = route === undefined ? owner : `${owner}, route ${route}`;
  return count === 1 ? of : `${of} (${count} times)`;
}

/** The authorization that admitted a request, compared with the one that the verdict names. */
export interface Admission {
  state: "proven" | "differs";
  how: string;
}

/**
 * @param predicted what a verdict says of Linkerd's half; undefined: it decides nothing there
 * @param route that was to take the request; others of the same client may come by others meanwhile
 */
export function admissionOf(
  counted: Counted | string | undefined,
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
