import { type Problem, problem } from "../../common/problem";
import { objectNameProblems } from "../../kubernetes/names";
import { type LinkerdManifest, type LinkerdObjectSpec, manifest } from "./manifest";

/** What an authorization opens. Create it with {@link Target}. */
export type Target =
  | {
      /** A Server or a route. */
      kind: "server" | "httpRoute" | "gatewayHttpRoute" | "grpcRoute";
      /** Its name, in the policy's own namespace. */
      name: string;
    }
  | {
      /** All Servers of the policy's own namespace. */
      kind: "namespace";
    };

/**
 * Constructors of targets. Each is of the policy's own namespace.
 *
 * @example
 * authorizationPolicy({ name: "open", namespace: "shop", target: Target.httpRoute("health"), required: "nothing" });
 */
export const Target = {
  /** A Server. This also admits to its routes: the authorizations of a route only add to those of its Server. */
  server: (name: string): Target => ({ kind: "server", name }),
  /** An HTTPRoute of policy.linkerd.io, as `linkerdHttpRoute` makes it. */
  httpRoute: (name: string): Target => ({ kind: "httpRoute", name }),
  /** An HTTPRoute of gateway.networking.k8s.io: to Linkerd a different route from one of policy.linkerd.io with the same name. */
  gatewayHttpRoute: (name: string): Target => ({ kind: "gatewayHttpRoute", name }),
  /** A GRPCRoute. */
  grpcRoute: (name: string): Target => ({ kind: "grpcRoute", name }),
  /** Every Server of the namespace. Ports without a Server keep the default policy. */
  namespace: (): Target => ({ kind: "namespace" }),
};

/** What a client has to present. */
export interface Required {
  /** Name of a MeshTLSAuthentication of the policy's namespace: the client's identity. Default: it does not have to be meshed. */
  meshTls?: string;
  /** Name of a NetworkAuthentication of the policy's namespace: where the client connects from. Default: anywhere. */
  network?: string;
}

/** Who may connect to a target. Policies only admit: what none of them admits is denied. */
export interface AuthorizationPolicySpec extends LinkerdObjectSpec {
  /** What it opens. */
  target: Target;
  /** What a client has to present: all of it. `"nothing"` admits everyone from anywhere, meshed or not. */
  required: Required | "nothing";
}

const refs = {
  server: { group: "policy.linkerd.io", kind: "Server" },
  httpRoute: { group: "policy.linkerd.io", kind: "HTTPRoute" },
  gatewayHttpRoute: { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
  grpcRoute: { group: "gateway.networking.k8s.io", kind: "GRPCRoute" },
} as const;

/**
 * The AuthorizationPolicy that `spec` describes.
 *
 * @throws {ProblemError} with every problem, its path and the fix.
 * @example
 * authorizationPolicy({ name: "clients", namespace: "shop", target: Target.server("web-http"), required: { meshTls: "clients" } });
 */
export function authorizationPolicy(spec: AuthorizationPolicySpec): LinkerdManifest {
  const { target, required } = spec;
  return manifest(spec, {
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "AuthorizationPolicy",
    problems: problemsOf(spec),
    render: () => ({
      targetRef:
        target.kind === "namespace"
          ? { kind: "Namespace", name: spec.namespace }
          : { ...refs[target.kind], name: target.name },
      requiredAuthenticationRefs:
        required === "nothing"
          ? []
          : [
              ...(required.meshTls === undefined ? [] : [ref("MeshTLSAuthentication", required.meshTls)]),
              ...(required.network === undefined ? [] : [ref("NetworkAuthentication", required.network)]),
            ],
    }),
  });
}

const ref = (kind: string, name: string) => ({ group: "policy.linkerd.io", kind, name });

function problemsOf({ target, required }: AuthorizationPolicySpec): Problem[] {
  const problems: Problem[] = [];
  if (target.kind !== "namespace") {
    if (!Object.hasOwn(refs, target.kind))
      problems.push(
        problem(
          "invalid-value",
          ["target"],
          "it is not a target",
          "create it with Target.server(…) or a similar function",
        ),
      );
    else problems.push(...objectNameProblems(["target", "name"], target.name));
  }
  if (required === "nothing") return problems;
  const { meshTls, network } = required;
  if (meshTls === undefined && network === undefined)
    problems.push(
      problem(
        "empty",
        ["required"],
        "a policy that requires nothing admits everyone from anywhere, meshed or not",
        'name an authentication, or say it: required: "nothing"',
      ),
    );
  if (meshTls !== undefined) problems.push(...objectNameProblems(["required", "meshTls"], meshTls));
  if (network !== undefined) problems.push(...objectNameProblems(["required", "network"], network));
  return problems;
}
