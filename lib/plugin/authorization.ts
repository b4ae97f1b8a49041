import * as pulumi from "@pulumi/pulumi";
import { type Problem, ProblemError } from "../common/problem";
import { AuthorizationPolicy as PolicyOfLibrary } from "../components/authorization/authorization-policy";
import { LinkerdGrpcRoute as GrpcRouteOfLibrary } from "../components/authorization/grpc-route";
import { LinkerdHttpRoute as HttpRouteOfLibrary } from "../components/authorization/http-route";
import { MeshTlsAuthentication as MeshTlsOfLibrary } from "../components/authorization/mesh-tls-authentication";
import { NetworkAuthentication as NetworkOfLibrary } from "../components/authorization/network-authentication";
import { LinkerdServer as ServerOfLibrary } from "../components/authorization/server";
import type { NetworkBlock, ServiceAccount } from "../linkerd/model/authentication";
import type { Required } from "../linkerd/model/authorization-policy";
import type { GrpcRequestMatch, HttpRequestMatch } from "../linkerd/model/route";
import type { ServerProtocol } from "../linkerd/model/server";
import { componentOf } from "./component-of";
import { exactlyOne } from "./exactly-one";
import type { EndpointSelector } from "./selectors";

// Linkerd's objects in a form that a Pulumi schema, which has no unions, can express.

/** The members that every object of Linkerd's authorization has. */
interface LinkerdObjectArgs {
  /**
   * Name of the object in the cluster, a DNS subdomain.
   * @default the component's name
   */
  name?: string;
  /** Its namespace, which is that of its pods. */
  namespace: string;
  /** Labels of the object itself. */
  labels?: { [key: string]: string };
  /** Annotations of the object itself. */
  annotations?: { [key: string]: string };
}

/**
 * What a Server gives to everybody, in addition to what authorizations give.
 * @enum
 */
export const AccessPolicy = {
  /** Nothing. */
  Deny: "deny",
  /** Everything, and the proxy logs and counts what nobody else admits. */
  Audit: "audit",
  /** Everything, to everyone. */
  AllUnauthenticated: "all-unauthenticated",
  /** Everything, to every meshed client. */
  AllAuthenticated: "all-authenticated",
  /** Everything, to clients from addresses of the cluster. */
  ClusterUnauthenticated: "cluster-unauthenticated",
  /** Everything, to meshed clients from addresses of the cluster. */
  ClusterAuthenticated: "cluster-authenticated",
} as const;
export type AccessPolicy = (typeof AccessPolicy)[keyof typeof AccessPolicy];

/** One port of some pods. Exactly one of `port` and `portName`. */
export interface LinkerdServerArgs extends LinkerdObjectArgs {
  /** Which pods of the namespace, by their labels; `all` for every one. */
  pods: EndpointSelector;
  /** The container's port by number; no container has to declare it. */
  port?: number;
  /** The container's port by name. */
  portName?: string;
  /**
   * How the proxy interprets traffic.
   * @default unknown
   */
  protocol?: ServerProtocol;
  /**
   * Whom it admits, in addition to those that authorizations admit.
   * @default deny
   */
  accessPolicy?: AccessPolicy;
}

/** Meshed clients, by identity: any of those listed. */
export interface MeshTlsAuthenticationArgs extends LinkerdObjectArgs {
  /** Service accounts. */
  accounts?: ServiceAccount[];
  /** Namespaces: all service accounts of each. */
  namespaces?: string[];
  /** Identities by their names: a whole name, `*`, or `*` and the end of names. They do not go together with accounts and namespaces. */
  patterns?: string[];
}

/** Clients by their address. */
export interface NetworkAuthenticationArgs extends LinkerdObjectArgs {
  /** Any of them. */
  networks: NetworkBlock[];
}

/**
 * What an authorization opens.
 * @enum
 */
export const TargetKind = {
  /** A Server. */
  Server: "server",
  /** An HTTPRoute of policy.linkerd.io. */
  HttpRoute: "httpRoute",
  /** An HTTPRoute of gateway.networking.k8s.io. */
  GatewayHttpRoute: "gatewayHttpRoute",
  /** A GRPCRoute. */
  GrpcRoute: "grpcRoute",
  /** All Servers of the policy's namespace. */
  Namespace: "namespace",
} as const;
export type TargetKind = (typeof TargetKind)[keyof typeof TargetKind];

/** What an authorization opens, in the policy's own namespace. */
export interface Target {
  /** What it is. */
  kind: TargetKind;
  /** Its name; none with the kind `namespace`. */
  name?: string;
}

/** Who may come in at a target. Exactly one of `required` and `requireNothing`. */
export interface AuthorizationPolicyArgs extends LinkerdObjectArgs {
  /** What it opens. */
  target: Target;
  /** What a client has to present: all of it. */
  required?: Required;
  /** Set to true to admit everyone from anywhere, meshed or not. */
  requireNothing?: boolean;
}

/** HTTP requests to a Server that are authorized on their own. */
export interface LinkerdHttpRouteArgs extends LinkerdObjectArgs {
  /** The Server, of the same namespace. */
  server: string;
  /** The requests: any of these matches. */
  requests: HttpRequestMatch[];
  /** Hosts of the requests, also with a wildcard: `*.example.com`. Default: any. */
  hostnames?: string[];
}

/** gRPC calls to a Server that are authorized on their own. Exactly one of `calls` and `allCalls`. */
export interface LinkerdGrpcRouteArgs extends LinkerdObjectArgs {
  /** The Server, of the same namespace. */
  server: string;
  /** Which calls: any of them. */
  calls?: GrpcRequestMatch[];
  /** Set to true for every call. */
  allCalls?: boolean;
}

/**
 * A Server: one port of some pods. Once it exists, the port only admits clients that an AuthorizationPolicy names, the kubelet's HTTP probes while no
 * route is attached, and the pod itself.
 */
export class LinkerdServer extends componentOf(ServerOfLibrary) {
  /** Name of the object in the cluster. */
  declare public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: LinkerdServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { port, portName, pods, ...rest } = args;
    refuse("LinkerdServer", exactlyOne([], { port, portName }, "`port` for a number, `portName` for a name"));
    const { all, ...labels } = pods;
    super(name, { ...rest, port: port ?? portName, pods: all === true ? "all" : labels }, opts);
  }
}

/** A MeshTLSAuthentication: meshed clients, by the service accounts that they run under. */
export class MeshTlsAuthentication extends componentOf(MeshTlsOfLibrary) {
  /** Name of the object in the cluster. */
  declare public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: MeshTlsAuthenticationArgs, opts?: pulumi.ComponentResourceOptions) {
    const { accounts = [], namespaces = [], patterns = [], ...rest } = args;
    // Lists of names instead of objects, because Pulumi's generator for Go omits the item type of such a list.
    const identities = [
      ...accounts.map((account) => ({ kind: "account", account })),
      ...namespaces.map((namespace) => ({ kind: "namespace", namespace })),
      ...patterns.map((pattern) => ({ kind: "pattern", pattern })),
    ];
    super(name, { ...rest, identities }, opts);
  }
}

/** A NetworkAuthentication: clients by their address, meshed or not. */
export class NetworkAuthentication extends componentOf(NetworkOfLibrary) {
  /** Name of the object in the cluster. */
  declare public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: NetworkAuthenticationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * An AuthorizationPolicy: who may connect to a Server, a route, or all Servers of a namespace. List the authentications that it names in `dependsOn`:
 * Linkerd ignores a policy that names a missing one.
 */
export class AuthorizationPolicy extends componentOf(PolicyOfLibrary) {
  /** Name of the object in the cluster. */
  declare public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: AuthorizationPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    const { required, requireNothing, ...rest } = args;
    const nothing = requireNothing === true ? true : undefined;
    const fix = "`required` for what a client has to show, `requireNothing: true` to admit everyone";
    refuse("AuthorizationPolicy", exactlyOne([], { required, requireNothing: nothing }, fix));
    super(name, { ...rest, required: required ?? "nothing" }, opts);
  }
}

/**
 * An HTTPRoute of policy.linkerd.io on a Server: requests that have their own authorizations, beside those of the Server. As soon as a route is
 * attached, a request that no route matches gets 404, and so do the kubelet's probes.
 */
export class LinkerdHttpRoute extends componentOf(HttpRouteOfLibrary) {
  /** Name of the object in the cluster. */
  declare public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: LinkerdHttpRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/** A GRPCRoute of gateway.networking.k8s.io on a Server whose protocol is `gRPC`: calls that have authorizations of their own. */
export class LinkerdGrpcRoute extends componentOf(GrpcRouteOfLibrary) {
  /** Name of the object in the cluster. */
  declare public readonly objectName: pulumi.Output<string>;
  /** Its namespace. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: LinkerdGrpcRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { calls, allCalls, ...rest } = args;
    const all = allCalls === true ? true : undefined;
    refuse("LinkerdGrpcRoute", exactlyOne([], { calls, allCalls: all }, "`calls` for some, `allCalls: true` for all"));
    super(name, { ...rest, calls: calls ?? "all" }, opts);
  }
}

function refuse(subject: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw new pulumi.RunError(new ProblemError(subject, problems).message);
}
