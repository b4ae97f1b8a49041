import { ANYWHERE, type Client } from "../../linkerd/policy/client";
import type { Decision } from "../../linkerd/policy/decide";
import { probePath } from "../../linkerd/policy/probe-path";
import type { HttpRequest } from "../../linkerd/policy/request";
import { judgedByProxy } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import { type LintRule, Severity } from "../finding";

export const probesShutOut: LintRule = {
  id: "probes-shut-out",
  severity: Severity.Error,
  title: "A Server that refuses the kubelet's probes",
  why:
    "The kubelet has no mesh identity. Linkerd admits its httpGet probes only if no route is attached to the Server and the port is neither opaque, TLS " +
    "nor gRPC. If a route is attached and does not match the path, the probe gets 404; otherwise the connection is closed. A path without a leading slash " +
    "gets no such exemption, although the kubelet requests it with one, and neither does a gRPC probe. Seen on a live cluster: the pods never become " +
    "ready, or leave their Service.",
  fix:
    "Attach an HTTPRoute for GET on the probe's path (a GRPCRoute for grpc.health.v1.Health of a gRPC probe), with an AuthorizationPolicy for a " +
    "NetworkAuthentication of the nodes' addresses, or probe another port.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const reported = new Set<number>();
    for (const { facts, workload } of linkerd.pods) {
      const relative = relativeProbes(facts);
      const probes = [
        ...[...workload.probes].flatMap(([port, paths]) => [{ port, requests: [...paths].map(httpGet) }]),
        ...relative.map(({ port, path }) => ({ port, requests: [httpGet(path)] })),
        ...grpcProbes(facts).map((port) => ({ port, requests: [HEALTH] })),
      ];
      for (const { port, requests } of probes) {
        if (!judgedByProxy(facts.mesh, port)) continue;
        const [policy, other] = linkerd.policy.policiesOfPort(workload, port);
        if (policy?.server === undefined || other !== undefined) continue;
        const kubelet: Client = { blocks: ANYWHERE, tls: "none", via: "direct" };
        const shut = requests.flatMap((request) => {
          const isHttp2 = request.protocol === "http1" && policy.protocol === "grpc";
          const sent = isHttp2 ? { ...request, protocol: "http2" as const } : request;
          const answers = linkerd.policy.decide(workload, port, kubelet, sent);
          const isShut = answers.length > 0 && answers.every(({ verdict }) => verdict !== "allowed");
          return isShut && answers[0] !== undefined ? [{ ...request, answer: answers[0] }] : [];
        });
        const [first] = shut;
        const isRelative = relative.some((one) => one.port === port && one.path === first?.path);
        const why = isRelative ? ", whose path is written without a slash, for which Linkerd admits nobody," : "";
        const place = linkerd.placeOf("Server", policy.server);
        if (first === undefined || reported.has(place)) continue;
        reported.add(place);
        yield {
          linkerd: place,
          path: ["spec"],
          data: {
            pod: facts.id,
            port,
            path: first.path,
            answer: first.answer.status ?? first.answer.verdict,
            isRelative,
          },
          message: `the kubelet's ${first.protocol === "grpc" ? "gRPC probe" : `GET ${first.path}`}${why} on port ${port} of ${facts.id} ${gets(first.answer)}, so its pods count as unhealthy`,
        };
      }
    }
  },
};

const httpGet = (path: string): HttpRequest => ({ protocol: "http1", method: "GET", path });

/** The request of the kubelet's gRPC probe. */
const HEALTH: HttpRequest = { protocol: "grpc", method: "POST", path: "/grpc.health.v1.Health/Check" };

function grpcProbes({ inbound }: EndpointFacts): number[] {
  const probes = (inbound?.containers ?? []).flatMap(({ livenessProbe, readinessProbe, startupProbe }) => [
    livenessProbe,
    readinessProbe,
    startupProbe,
  ]);
  return [...new Set(probes.flatMap((probe) => probe?.grpc?.port ?? []))];
}

/** The paths, as the kubelet requests them, that Linkerd's default authorization for probes does not cover. */
function relativeProbes({ inbound }: EndpointFacts): { port: number; path: string }[] {
  return (inbound?.containers ?? []).flatMap(({ ports, livenessProbe, readinessProbe, startupProbe }) =>
    [livenessProbe, readinessProbe, startupProbe].flatMap((probe) => {
      const { path, port: given } = probe?.httpGet ?? {};
      const named = (ports ?? []).find(
        ({ name }) => name?.toLowerCase() === String(given).toLowerCase(),
      )?.containerPort;
      const port = typeof given === "number" ? given : named;
      if (typeof path !== "string" || path === "" || port === undefined || probePath(path) !== undefined) return [];
      return path.startsWith("/") ? [] : [{ port, path: `/${path}` }];
    }),
  );
}

function gets({ status, verdict }: Decision): string {
  if (typeof status === "number") return `gets ${status}`;
  return verdict === "refused" ? "is refused" : "is closed";
}
