import type { AskedRequest } from "../reachability/requests";
import type { Verdict } from "../reachability/verdict";

/** Where probes come from: a container of a running pod. */
export interface Client {
  /** That of its endpoint in the scenario. */
  id: string;
  namespace: string;
  pod: string;
  ip: string;
  node: string;
  container: string;
  serviceAccount: string;
  meshed: boolean;
  /** Ports that go around the client's own proxy. */
  skipOutboundPorts: readonly number[];
  /** Made by us, to be a stranger to every policy. */
  ours: boolean;
}

/** Where probes go. */
export interface Target {
  id: string;
  ip: string;
  /** Absent outside the cluster. */
  pod?: { namespace: string; name: string; container: string };
  meshed: boolean;
  /** Made by us. */
  ours: boolean;
}

/** One question to the running cluster. */
export interface Probe {
  /** Unique within a plan, and the same from run to run: `shop/web -> shop/db TCP 5432`. */
  key: string;
  kind: "http" | "name";
  client: Client;
  target: Target;
  port: number;
  /** Where Linkerd decides by request: which is asked for, and the route that takes it. Default: `GET /`. */
  request?: AskedRequest;
  route?: string;
  /** With a request, of this request alone. */
  verdict: Verdict;
  predicted: Prediction;
}

export type Prediction = "allowed" | "denied";

/** An edge that nobody asks about, and why not. */
export interface NotProbed {
  from: string;
  to: string;
  proto: string;
  port: number;
  /** The ports that `port` is an example of. */
  standsFor?: string;
  request?: AskedRequest;
  predicted: Prediction | "unknown";
  why: string;
}

export interface ProbePlan {
  /** Those predicted to be allowed first: they are the controls of the others. */
  probes: Probe[];
  notProbed: NotProbed[];
  /** How many more there would have been, had they not been limited. */
  overLimit: number;
}

export interface EdgeNames {
  from: string;
  to: string;
  proto: string;
  port: number;
  request?: AskedRequest;
}

export function edgeKey({ from, to, proto, port, request }: EdgeNames): string {
  return `${from} -> ${to} ${proto} ${port}${requestWords(request)}`;
}

/** ` GET /api`, behind a port. */
export function requestWords(request: AskedRequest | undefined): string {
  return request === undefined ? "" : ` ${request.method} ${request.path}`;
}
