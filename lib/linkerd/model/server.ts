import { type Problem, problem } from "../../common/problem";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { labelKeyProblems, labelValueProblems } from "../../kubernetes/label-syntax";
import { portProblems } from "../../kubernetes/network";
import { DEFAULT_POLICIES, type DefaultPolicy } from "../api";
import { type LinkerdManifest, type LinkerdObjectSpec, manifest } from "./manifest";

/**
 * How the server's proxy interprets traffic on a port.
 * @enum
 */
export const ServerProtocol = {
  /** It detects the protocol, for ten seconds at most. */
  Unknown: "unknown",
  /** HTTP/1 only, without detection: any other protocol fails. */
  Http1: "HTTP/1",
  /** HTTP/2 only. */
  Http2: "HTTP/2",
  /** gRPC only. GRPCRoutes apply only with this protocol, and HTTPRoutes do not apply with it. */
  Grpc: "gRPC",
  /** Opaque bytes. There are no routes and no probes, and meshed clients use 4143 in either transport mode. */
  Opaque: "opaque",
  /** The application's own TLS. */
  Tls: "TLS",
} as const;
export type ServerProtocol = (typeof ServerProtocol)[keyof typeof ServerProtocol];

/** A port of some pods, which then admits only clients with an authorization. */
export interface ServerSpec extends LinkerdObjectSpec {
  /** The pods of the namespace, by their labels. */
  pods:
    | {
        /** Labels that they have. */
        matchLabels: { [key: string]: string };
      }
    | {
        /** Conditions on their labels; all must hold. */
        matchExpressions: LabelSelector["matchExpressions"];
      }
    | "all";
  /** The container's port, by number or by name; no container has to declare a number. */
  port: number | string;
  /**
   * How the proxy interprets traffic.
   * @default unknown
   */
  protocol?: ServerProtocol;
  /**
   * Whom it admits, in addition to those that authorizations admit.
   * @default deny
   */
  accessPolicy?: DefaultPolicy;
}

/**
 * The Server that `spec` describes. As soon as it exists, its port admits only clients that an AuthorizationPolicy names, except for the kubelet's HTTP
 * probes while no route is attached, and the pod itself.
 *
 * @throws {ProblemError} with every problem, its path and the fix.
 * @example
 * linkerdServer({ name: "web-http", namespace: "shop", pods: { matchLabels: { app: "web" } }, port: 8080 });
 */
export function linkerdServer(spec: ServerSpec): LinkerdManifest {
  const { pods, port, protocol = "unknown", accessPolicy = "deny" } = spec;
  return manifest(spec, {
    apiVersion: "policy.linkerd.io/v1beta3",
    kind: "Server",
    problems: serverProblems(spec),
    render: () => ({
      accessPolicy,
      podSelector: pods === "all" ? {} : pods,
      port,
      proxyProtocol: protocol,
    }),
  });
}

function serverProblems({ pods, port, protocol, accessPolicy }: ServerSpec): Problem[] {
  const problems: Problem[] = [];
  if (typeof port === "number") problems.push(...portProblems(["port"], port));
  else if (!/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(String(port))) {
    const fix = /^\d+$/.test(String(port)) ? `write the number without quotes: ${port}` : 'use a name such as "http"';
    problems.push(problem("invalid-port", ["port"], `"${port}" is not a name that a port can have`, fix));
  }
  problems.push(...wordProblems(["protocol"], protocol, Object.values(ServerProtocol)));
  problems.push(...wordProblems(["accessPolicy"], accessPolicy, DEFAULT_POLICIES));
  problems.push(...podProblems(pods));
  return problems;
}

function podProblems(pods: ServerSpec["pods"]): Problem[] {
  if (pods === "all") return [];
  const labels = "matchLabels" in pods ? pods.matchLabels : undefined;
  const expressions = "matchExpressions" in pods ? pods.matchExpressions : undefined;
  if (Object.keys(labels ?? {}).length === 0 && (expressions ?? []).length === 0)
    return [problem("empty-selector", ["pods"], "no label selects every pod of the namespace", 'write pods: "all"')];
  const problems = Object.entries(labels ?? {}).flatMap(([key, value]): Problem[] => {
    const path = ["pods", "matchLabels", key];
    if (key.includes(":")) return [sourced(path, key)];
    return [...labelKeyProblems(key), ...labelValueProblems(value)].map((message) =>
      problem("invalid-label", path, message),
    );
  });
  for (const [index, { key, operator, values }] of (expressions ?? []).entries()) {
    const path = ["pods", "matchExpressions", index];
    if (key.includes(":")) problems.push(sourced([...path, "key"], key));
    if ((operator === "Exists" || operator === "DoesNotExist") && values !== undefined)
      problems.push(
        problem(
          "invalid-selector",
          [...path, "values"],
          `${operator} with values never holds in Linkerd`,
          "leave it out",
        ),
      );
    if ((operator === "In" || operator === "NotIn") && values === undefined)
      problems.push(
        problem("invalid-selector", path, `${operator} without values never holds in Linkerd`, "give the values"),
      );
  }
  return problems;
}

const sourced = (path: Problem["path"] & object, key: string): Problem =>
  problem(
    "invalid-label",
    path,
    `"${key}" has a source, which only Cilium's selectors know`,
    `did you mean "${key.replace(/^.*:/, "")}"?`,
  );

/** The problem of a value that is not one of several words, with the closest one as the fix. */
export function wordProblems(path: readonly (string | number)[], given: unknown, words: readonly string[]): Problem[] {
  if (given === undefined || words.some((word) => word === given)) return [];
  const fold = (text: unknown) =>
    String(text)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, "");
  const meant = words.find((word) => fold(word) === fold(given));
  const fix = meant === undefined ? `use ${words.map((word) => `"${word}"`).join(", ")}` : `did you mean "${meant}"?`;
  return [problem("invalid-value", path, `${JSON.stringify(given)} is not one of its possible values`, fix)];
}
