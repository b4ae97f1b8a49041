import type { AskedRequest } from "../reachability/requests";
import type { Verdict } from "../reachability/verdict";
import type { StandsFor } from "../scenario/port-group";

/** Where probes come from: a container of a running pod. */
export interface Client {
  /** The id of its endpoint in the scenario. */
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
  /** A pod that meshfence created. */
  ours: boolean;
}

/** Where probes go. */
export interface Target {
  id: string;
  ip: string;
  /** Absent outside the cluster. */
  pod?: { namespace: string; name: string; container: string };
  meshed: boolean;
  /** A pod or server that meshfence created. */
  ours: boolean;
}

/** One request to send in the running cluster. */
export interface Probe {
  /** Unique within a plan, and the same from run to run: `shop/web -> shop/db TCP 5432`. */
  key: string;
  kind: "http" | "name";
  client: Client;
  target: Target;
  port: number;
  /** The request, if Linkerd decides by request. Default: `GET /`. */
  request?: AskedRequest;
  /** The route that takes the request. */
  route?: string;
  /** The verdict on the edge or, with a request, on this request alone. */
  verdict: Verdict;
  predicted: Prediction;
}

export type Prediction = "allowed" | "denied";

/** An edge that is not probed, and why not. */
export interface NotProbed {
  from: string;
  to: string;
  proto: string;
  port: number;
  /** The ports that `port` is an example of. */
  standsFor?: StandsFor;
  request?: AskedRequest;
  predicted: Prediction | "unknown";
  why: string;
}

export interface ProbePlan {
  /** Those predicted to be allowed first: they are the controls of the others. */
  probes: Probe[];
  notProbed: NotProbed[];
  /** How many probes the limit left out. */
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

/** ` GET /api`, to follow a port. */
export function requestWords(request: AskedRequest | undefined): string {
  return request === undefined ? "" : ` ${request.method} ${request.path}`;
}
