import { meshPorts } from "../linkerd/wire/ports";
import { META_PORTS } from "../linkerd/wire/wire";
import { type AskedRequest, isSafe, Requests } from "../reachability/requests";
import { type Reachability, stateOf, type Verdict } from "../reachability/verdict";
import { reasonsOf, unbound, unguarded } from "../reachability/words";
import { flowPort } from "../scenario/flows";
import { type StandsFor, standsForWords } from "../scenario/port-group";
import type { EndpointFacts, Flow, Scenario } from "../scenario/scenario";
import { type Client, edgeKey, type NotProbed, type Probe, type ProbePlan, type Target } from "./probe";

/** The participants of a proof. */
export interface Participants {
  /** Workloads of the named namespaces, both clients and targets. */
  workloads: readonly { client: Client; target: Target }[];
  /** Our own pods, which probe the workloads. One that claims to be a workload probes only what that workload reaches. */
  strangers: readonly { client: Client; claims?: string }[];
  /** Our own servers, in the cluster or outside, as targets of the workloads and the strangers. */
  servers: readonly Target[];
  /** The endpoint that answers DNS queries. */
  dns?: string;
}

export interface PlanRequest {
  scenario: Scenario;
  reachability: Reachability;
  participants: Participants;
  /** The maximum number of probes. The rest are only counted. */
  limit: number;
}

const metricsPort = meshPorts.admin;

/**
 * Decides which edges to probe: from every workload to every declared port of every other, from the strangers to all of these and to the metrics of
 * their proxies, from the workloads to the servers and to DNS. What no request can test is listed as not probed.
 */
export function planProbes({ scenario, reachability, participants, limit }: PlanRequest): ProbePlan {
  const { workloads, strangers, servers, dns } = participants;
  const endpoints = new Map(scenario.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const requests = new Requests(scenario);
  const plan: ProbePlan = { probes: [], notProbed: [], overLimit: 0 };
  const ask = (client: Client, target: Target, ports: readonly AskedPort[]) => {
    if (client.id === target.id) return;
    for (const port of ports) {
      const flow = { from: client.id, to: target.id, ...port };
      for (const planned of probesOf(client, target, reachability.verdict(flow), requests)) add(plan, planned);
    }
  };
  const clients = workloads.map(({ client }) => client);
  for (const client of clients) {
    for (const { target } of workloads) ask(client, target, declaredPorts(endpoints.get(target.id)));
    for (const server of servers) ask(client, server, declaredPorts(endpoints.get(server.id)));
    if (dns !== undefined) add(plan, queryOf(client, dns, reachability));
  }
  for (const { client, claims } of strangers) {
    for (const { target } of workloads) {
      const ports = declaredPorts(endpoints.get(target.id));
      const may = ({ proto, port }: AskedPort) =>
        claims === undefined || reachability.verdict({ from: claims, to: target.id, proto, port }).allowed;
      // Mutual TLS is proven by reading the metrics in plain text, so on that port it would prove nothing.
      const own = target.meshed && !client.meshed && claims === undefined ? [{ proto: "TCP", port: metricsPort }] : [];
      if (target.id !== claims) ask(client, target, [...ports.filter(may), ...own]);
    }
    for (const server of servers) ask(client, server, declaredPorts(endpoints.get(server.id)));
  }
  plan.notProbed.push(...unprobedPeers(scenario, reachability, participants));
  return withinLimit(plan, limit);
}

interface AskedPort {
  proto: string;
  port: number;
  standsFor?: StandsFor;
}

function declaredPorts(endpoint: EndpointFacts | undefined): AskedPort[] {
  const ports = (endpoint?.ports ?? []).map(flowPort);
  const seen = new Set<string>();
  return ports.filter(({ proto, port }) => {
    // These belong to the proxy, not to the application, and are probed separately.
    if (endpoint?.mesh?.injected === true && META_PORTS.includes(port)) return false;
    const key = `${proto} ${port}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

function add(plan: ProbePlan, planned: Probe | NotProbed): void {
  if ("key" in planned) plan.probes.push(planned);
  else plan.notProbed.push(planned);
}

function probeOf(client: Client, target: Target, verdict: Verdict): Probe | NotProbed {
  const { from, to, proto, port, wire, standsFor } = verdict;
  const state = stateOf(verdict);
  const not = (why: string): NotProbed => ({
    from,
    to,
    proto,
    port,
    ...(standsFor !== undefined && { standsFor }),
    predicted: state,
    why,
  });
  if (state === "unknown") return not(`not predicted: ${reasonsOf(verdict).join(", ")}`);
  if (standsFor !== undefined)
    return not(`stands for ${standsForWords(standsFor)}, and nobody is known to listen there`);
  if (proto !== "TCP") return not(`${proto} has no handshake: silence would say nothing`);
  if (wire?.refused !== undefined) return not(wire.refused);
  const predicted = state;
  return { key: edgeKey(verdict), kind: "http", client, target, port, verdict, predicted };
}

/** One request per route and one that no route takes if Linkerd decides by request, otherwise a single request. */
function probesOf(client: Client, target: Target, verdict: Verdict, requests: Requests): (Probe | NotProbed)[] {
  const one = probeOf(client, target, verdict);
  if (!("key" in one) || verdict.linkerd?.routes === undefined) return [one];
  if (verdict.egress === "denied" || verdict.ingress === "denied") return [one];
  const { found, without } = requests.ofRoutes(verdict);
  if (found.length === 0) return [one];
  const not = (why: string, request?: AskedRequest): NotProbed => ({
    ...flowOf(verdict),
    ...(request !== undefined && { request }),
    predicted: one.predicted,
    why,
  });
  const probes = found.map(({ request, verdict, route }): Probe | NotProbed => {
    const predicted = verdict.allowed ? "allowed" : "denied";
    if (!isSafe(request)) return { ...not("it might change something", request), predicted };
    const key = edgeKey({ ...flowOf(verdict), request });
    return { ...one, key, request, verdict, predicted, ...(route !== undefined && { route }) };
  });
  return [...probes, ...without.map((route) => not(`route ${route} takes more than a method and a path`))];
}

function queryOf(client: Client, dns: string, reachability: Reachability): Probe | NotProbed {
  const verdict = reachability.verdict({ from: client.id, to: dns, proto: "UDP", port: 53 });
  const state = stateOf(verdict);
  if (state === "unknown") return { ...flowOf(verdict), predicted: "unknown", why: "not predicted" };
  const target: Target = { id: dns, ip: "", meshed: false, ours: false };
  const predicted = state;
  return { key: edgeKey(verdict), kind: "name", client, target, port: 53, verdict, predicted };
}

/**
 * Edges that policies allow between the workloads and peers in which no command can run. If no policy selects either end, there is nothing to
 * prove.
 */
function unprobedPeers(scenario: Scenario, reachability: Reachability, participants: Participants): NotProbed[] {
  const { workloads, strangers, servers, dns } = participants;
  const fenced = new Set(workloads.map(({ client }) => client.id));
  const probed = new Set([...fenced, ...strangers.map(({ client }) => client.id), ...servers.map(({ id }) => id)]);
  // Pods on the host network have the node's identity.
  const others = scenario.endpoints.filter(
    ({ id, namespace, reserved }) => !probed.has(id) && !(namespace && reserved),
  );
  const proxy = META_PORTS.map((port) => ({ proto: "TCP", port }));
  const found: NotProbed[] = [];
  const note = (flow: Flow, why: string, open: (verdict: Verdict) => boolean) => {
    const verdict = reachability.verdict(flow);
    if (verdict.allowed && !open(verdict)) found.push({ ...flow, predicted: "allowed", why });
  };
  for (const { target } of workloads) {
    const own = scenario.endpoints.find(({ id }) => id === target.id);
    const ports = [...declaredPorts(own), ...(target.meshed ? proxy : [])];
    for (const other of others) {
      const from = other.reserved === undefined ? "from outside the named namespaces" : "from a node";
      for (const port of ports) note({ from: other.id, to: target.id, ...port }, `nothing is asked ${from}`, unguarded);
      for (const port of declaredPorts(other)) {
        if (other.id === dns && port.proto === "UDP") continue;
        note({ from: target.id, to: other.id, ...port }, "nothing outside the named namespaces is asked", unbound);
      }
    }
  }
  return found;
}

function flowOf({ from, to, proto, port }: Flow): Flow {
  return { from, to, proto, port };
}

/**
 * At most `limit` probes, in a stable order: first those predicted to be allowed, which are the controls of the others; then the denied
 * ones, round-robin over their targets.
 */
function withinLimit(plan: ProbePlan, limit: number): ProbePlan {
  const allowed = plan.probes.filter(({ predicted }) => predicted === "allowed");
  const denied = roundRobin(plan.probes.filter(({ predicted }) => predicted === "denied"));
  const probes = [...allowed, ...denied];
  return { ...plan, probes: probes.slice(0, limit), overLimit: Math.max(0, probes.length - limit) };
}

function roundRobin(probes: readonly Probe[]): Probe[] {
  const queues = new Map<string, Probe[]>();
  for (const probe of probes) queues.set(probe.target.id, [...(queues.get(probe.target.id) ?? []), probe]);
  const rounds = Math.max(0, ...[...queues.values()].map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    [...queues.values()].flatMap((queue) => queue[round] ?? []),
  ).flat();
}
