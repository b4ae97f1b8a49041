import { type Path, type Problem, problem } from "../common/problem";
import { callProblems, requestProblems } from "../linkerd/model/route";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import { accountOf } from "./callers";
import { type Edge, isWorkload } from "./intent";
import { portProblems } from "./ports";
import { matchOf, partition, requestsOf, tied } from "./requests";
import { type AuthorizationSettings, type FencedServer, serversOf } from "./servers";
import { isMeshed, type Workload } from "./workload";

/** The problems of edges that Linkerd cannot enforce, each with the fix. */
export function authorizationProblems(edges: readonly Edge[], settings: AuthorizationSettings): Problem[] {
  const problems = edges.flatMap((edge, index) => edgeProblems(edge, ["edges", index]));
  if (problems.length > 0) return problems;
  const servers = serversOf(edges);
  return servers.flatMap((server) => [...ambiguousPort(server, servers), ...serverProblems(server, settings)]);
}

/** A name and a number may be the same port. Then two Servers would select it, and the older one would decide. */
function ambiguousPort({ workload, port, entries }: FencedServer, servers: readonly FencedServer[]): Problem[] {
  if (typeof port === "number") return [];
  const numbered = servers.some(
    (other) =>
      typeof other.port === "number" &&
      other.workload.name === workload.name &&
      other.workload.namespace === workload.namespace,
  );
  if (!numbered) return [];
  return [
    problem(
      "ambiguous",
      ["edges", entries[0]?.index ?? 0, "ports"],
      `"${port}" may be the same port as one that ${workload.namespace}/${workload.name} has by number, and of two Servers Linkerd uses the older`,
      "give all its ports by number",
    ),
  ];
}

function edgeProblems(edge: Edge, at: Path): Problem[] {
  const { to, requests, calls } = edge;
  if (!isWorkload(to) || !isMeshed(to)) {
    if (requests === undefined && calls === undefined) return [];
    const who = isWorkload(to) ? `${to.namespace}/${to.name} is not meshed` : "the callee is not a workload of yours";
    return [problem("not-enforced", at, `${who}, so no proxy sees its requests`, "leave `requests` and `calls` out")];
  }
  const problems = [...portProblems(edge, at), ...selectorProblems(to, [...at, "to"])];
  if (requests !== undefined && calls !== undefined)
    problems.push(problem("conflict", at, "`requests` and `calls` exclude each other", "make two edges"));
  for (const [member, list] of Object.entries({ requests, calls }))
    if (list?.length === 0)
      problems.push(
        problem("empty", [...at, member], "it allows no request", "leave it out for all, or leave the edge out"),
      );
  requests?.forEach((request, index) => {
    problems.push(...requestProblems([...at, "requests", index], request));
  });
  calls?.forEach((call, index) => {
    problems.push(...callProblems([...at, "calls", index], call));
  });
  const { skipInboundPorts = DEFAULT_SKIPPED_PORTS } = to;
  const skipped = edge.ports.find(({ number }) => number !== undefined && skipInboundPorts.includes(number));
  if (skipped !== undefined && (requests ?? calls) !== undefined)
    problems.push(
      problem(
        "not-enforced",
        at,
        `port ${skipped.number} bypasses the proxy, so nothing sees its requests`,
        "take it out of skipInboundPorts",
      ),
    );
  return problems;
}

function selectorProblems({ name, namespace, endpoints }: Workload, at: Path): Problem[] {
  const keys = [
    ...Object.keys(endpoints.matchLabels ?? {}),
    ...(endpoints.matchExpressions ?? []).map(({ key }) => key),
  ];
  return keys
    .filter((key) => key.includes("io.cilium.") || key.includes("io.kubernetes.pod.namespace"))
    .map((key) =>
      problem(
        "invalid-selector",
        [...at, "endpoints"],
        `"${key}" is a label that Cilium adds, and Linkerd selects the pods of ${namespace}/${name} by their own labels`,
        "select them by a label that they carry",
      ),
    );
}

function serverProblems(server: FencedServer, { nodeAddresses }: AuthorizationSettings): Problem[] {
  const { workload, port, entries, opaque, probes } = server;
  const narrow = entries.find(({ edge }) => (edge.requests ?? edge.calls) !== undefined);
  const where = `port ${port} of ${workload.namespace}/${workload.name}`;
  const problems: Problem[] = [];
  if (opaque && narrow !== undefined)
    problems.push(
      problem(
        "not-enforced",
        ["edges", narrow.index],
        `${where} is opaque, so Linkerd does not see its requests`,
        "leave `requests` and `calls` out, or take the port out of opaquePorts",
      ),
    );
  const withRequests = entries.find(({ edge }) => edge.requests);
  const withCalls = entries.find(({ edge }) => edge.calls);
  if (withRequests !== undefined && withCalls !== undefined)
    problems.push({
      ...problem(
        "conflict",
        ["edges", withCalls.index, "calls"],
        `${where} has gRPC calls here and HTTP requests in edges[${withRequests.index}], and a Linkerd Server is for one or the other`,
        'write calls as requests: { methods: ["POST"], path: "/SERVICE/METHOD" }',
      ),
      related: [["edges", withRequests.index, "requests"]],
    });
  if (narrow !== undefined && workload.probes === undefined)
    problems.push(
      problem(
        "missing",
        ["edges", narrow.index, "to", "probes"],
        `with requests of its own, ${where} answers everything else with 404, including the kubelet's probes`,
        'list what the kubelet requests: probes: [{ port: 8080, path: "/healthz" }], or [] for nothing',
      ),
    );
  problems.push(...probeProblems(server, narrow !== undefined));
  if (opaque && nodeAddresses === undefined && entries.length > 0 && probes.some(({ path }) => path !== undefined))
    problems.push(
      problem(
        "missing",
        ["nodeAddresses"],
        `${where} is opaque, so Linkerd recognizes no probe there and would refuse the kubelet`,
        "list the nodes' addresses, or probe the port with a bare connection",
      ),
    );
  if (withRequests !== undefined) problems.push(...tieProblems(server, withRequests.index));
  return problems;
}

/** Probes that may be for this port but refer to it differently from the edges: by number instead of by name, or by name instead of by number. */
function probeProblems({ workload, port, entries, opaque }: FencedServer, isNarrow: boolean): Problem[] {
  const at: Path = ["edges", entries[0]?.index ?? 0, "to", "probes"];
  return (workload.probes ?? []).flatMap(({ port: number, portName: name, grpc }, index): Problem[] => {
    const path = [...at, index];
    if ((number === undefined) === (name === undefined)) {
      const message = number === undefined ? "it names no port" : "it names its port twice";
      return [
        problem(number === undefined ? "missing" : "conflict", path, message, "give one of `port` and `portName`"),
      ];
    }
    const isOtherwise = typeof port === "number" ? name !== undefined : number !== undefined;
    // Without routes, Linkerd admits HTTP probes by itself.
    if (!isOtherwise || !(isNarrow || opaque || grpc === true)) return [];
    return [
      problem(
        "ambiguous",
        path,
        `it requests port ${name ?? number}, which may be port ${port} of the edges, and then the kubelet would be refused`,
        typeof port === "number"
          ? "give its port by number"
          : `give its port by name, portName: "${port}", or the edges' ports by number`,
      ),
    ];
  });
}

function tieProblems({ entries, probes }: FencedServer, index: number): Problem[] {
  const everything = { requests: { path: "", exact: false }, who: [] };
  const hasWhole = entries.some(({ edge }) => edge.requests === undefined);
  const atoms = partition([
    ...(hasWhole ? [everything] : []),
    ...entries.flatMap(({ edge, caller }) =>
      (edge.requests ?? []).flatMap((match) => requestsOf(match).map((requests) => ({ requests, who: [caller] }))),
    ),
    ...probes.flatMap(({ path }) =>
      path === undefined
        ? []
        : requestsOf({ methods: ["GET"], path }).map((requests) => ({
            requests,
            who: [{ accounts: [], networks: [] }],
          })),
    ),
  ]);
  const tie = tied(atoms);
  if (tie === undefined) return [];
  const [exact] = tie;
  const { path } = matchOf(exact.requests);
  return [
    problem(
      "ambiguous",
      ["edges", index, "requests"],
      `path "${path}" and pathPrefix "${path}" have different clients, and Linkerd uses whichever route is older`,
      "use one of the two for both",
    ),
  ];
}

/** Service accounts that several workloads share, or may share. Linkerd cannot distinguish these workloads. */
export function sharedAccounts(edges: readonly Edge[]): Problem[] {
  const known = new Map<string, { workload: Workload; path: Path }>();
  for (const [index, { from, to }] of edges.entries())
    for (const [end, workload] of Object.entries({ from, to }))
      if (isWorkload(workload) && isMeshed(workload)) {
        const key = `${workload.namespace}/${workload.name}`;
        if (!known.has(key)) known.set(key, { workload, path: ["edges", index, end] });
      }
  const callers = new Set(
    edges.flatMap(({ from, to }) =>
      isWorkload(from) && isWorkload(to) && isMeshed(to) ? [`${from.namespace}/${from.name}`] : [],
    ),
  );
  const all = [...known.values()];
  return all.flatMap(({ workload, path }): Problem[] => {
    if (!callers.has(`${workload.namespace}/${workload.name}`)) return [];
    const account = accountOf(workload);
    const others = all.filter((other) => {
      const { name, namespace } = accountOf(other.workload);
      return (
        other.workload !== workload &&
        other.workload.name !== workload.name &&
        name === account.name &&
        namespace === account.namespace
      );
    });
    if (others.length === 0 && account.name !== "default") return [];
    const shared =
      others.length > 0
        ? others.map((other) => other.workload.name).join(", ")
        : "every pod of the namespace that names no other";
    return [
      {
        ...problem(
          "shared-account",
          path,
          `${workload.namespace}/${workload.name} runs under the service account "${account.name}", and so does ${shared}: Linkerd admits each where it admits the other`,
          `give it its own: a ServiceAccount "${workload.name}", and serviceAccount: "${workload.name}"`,
        ),
      },
    ];
  });
}
