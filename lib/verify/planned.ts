import type { Control, LiveFacts, LiveWorkload, PodRef } from "../cluster";
import { compile } from "../reachability/compile";
import type { EndpointFacts, Scenario } from "../scenario/scenario";
import { withStandIns } from "./on-behalf";
import { type Outside, outsideId } from "./outside/outside";
import { partyOf } from "./parties";
import { planProbes } from "./plan-probes";
import type { Client, ProbePlan, Target } from "./probe";
import type { Note } from "./report";
import type { StandIn } from "./strangers/stand-ins";
import { type Stranger, strangerEndpoint, workloadOf } from "./strangers/stranger";

export interface PlanInput {
  facts: LiveFacts;
  namespaces: readonly string[];
  /** Those without a pod are only planned. */
  strangers: readonly { stranger: Stranger; control?: Control }[];
  /** Pods that are asked instead of those of Jobs. Those without a pod are only planned. */
  standIns?: readonly { standIn: StandIn; control?: Control }[];
  outside?: Pick<Outside, "address" | "port"> | undefined;
  limit: number;
}

export interface Planned {
  plan: ProbePlan;
  /** Workloads that take no part. */
  notes: Note[];
  /** With the strangers and what is outside. */
  scenario: Scenario;
  /** Who can say of a target whether it is alive: its own pod. */
  selves: Map<string, Client>;
  replicas: Map<string, PodRef[]>;
  nodes: string[];
}

/** Pods of one workload whose proxies are read. */
const mostReplicas = 5;

/** Turns what runs into what is asked: who takes part, what is predicted for each pair, and what is not probed. */
export function planned({ facts: live, namespaces, strangers, standIns = [], outside, limit }: PlanInput): Planned {
  const { facts, parties: onBehalf, notes } = withStandIns(live, standIns);
  const fenced = facts.workloads.filter(({ namespace }) => namespaces.includes(namespace));
  const parties = fenced.map((workload) => ({ workload, party: onBehalf.get(workload.id) ?? partyOf(workload) }));
  const workloads = parties.flatMap(({ party }) => ("why" in party ? [] : [party]));
  const guests = strangers.map(({ stranger, control }) => guestOf(stranger, control, facts.workloads));
  const scenario = withGuests(facts, guests, outside);
  // Without a server outside, the first stranger would have nobody to reach, and no control.
  const servers: Target[] = [
    ...guests.slice(0, outside === undefined ? 2 : 1).map(({ target }) => target),
    ...(outside === undefined ? [] : [{ id: outsideId, ip: outside.address, meshed: false, ours: true }]),
  ];
  const dns = dnsOf(scenario);
  const plan = planProbes({
    scenario,
    reachability: compile(facts.policies, scenario),
    participants: {
      workloads,
      strangers: guests.map(({ client, claims }) => ({ client, ...(claims !== undefined && { claims }) })),
      servers,
      ...(dns !== undefined && { dns }),
    },
    limit,
  });
  const everybody = [...workloads, ...guests];
  return {
    plan,
    notes: [
      ...notes,
      ...parties.flatMap(({ workload, party }) => ("why" in party ? [absentNote(workload, party.why)] : [])),
    ],
    scenario,
    selves: new Map(everybody.map(({ client }) => [client.id, client])),
    replicas: new Map(
      fenced.filter(({ id, meshed }) => meshed && !onBehalf.has(id)).map(({ id, pods }) => [id, readyPods(pods)]),
    ),
    nodes: [...new Set(everybody.map(({ client }) => client.node))].filter((node) => node !== ""),
  };
}

interface Guest {
  endpoint: EndpointFacts;
  client: Client;
  target: Target;
  claims?: string;
  /** Its workload by its name of this run. */
  known?: string;
}

function guestOf(stranger: Stranger, control: Control | undefined, workloads: readonly LiveWorkload[]): Guest {
  const live = control && workloadOf(control, workloads);
  const endpoint = strangerEndpoint(stranger, live);
  const meshed = live?.meshed ?? stranger.meshed;
  const { namespace = "", name = "", container = "control", ip = "", node = "" } = control ?? {};
  return {
    endpoint,
    client: {
      id: stranger.id,
      ...{ namespace, pod: name, ip, node, container, meshed },
      serviceAccount: endpoint.serviceAccount ?? "default",
      skipOutboundPorts: endpoint.mesh?.skipOutboundPorts ?? [],
      ours: true,
    },
    target: { id: stranger.id, ip, pod: { namespace, name, container }, meshed, ours: true },
    ...(stranger.claims !== undefined && { claims: stranger.claims }),
    ...(live !== undefined && { known: live.id }),
  };
}

function withGuests({ scenario }: LiveFacts, guests: readonly Guest[], outside: PlanInput["outside"]): Scenario {
  const known = new Set(guests.map((guest) => guest.known));
  const { flows: _, ...own } = scenario;
  return {
    ...own,
    endpoints: [
      ...scenario.endpoints.filter(({ id }) => !known.has(id)),
      ...guests.map(({ endpoint }) => endpoint),
      ...(outside === undefined
        ? []
        : [{ id: outsideId, ip: outside.address, ports: [{ port: outside.port, protocol: "TCP" }] }]),
    ],
  };
}

/** By the label that both kube-dns and CoreDNS carry. */
function dnsOf({ endpoints }: Scenario): string | undefined {
  return endpoints.find(({ namespace, labels }) => namespace === "kube-system" && labels?.["k8s-app"] === "kube-dns")
    ?.id;
}

function absentNote({ id }: LiveWorkload, why: string): Note {
  return { text: `${id} takes no part: ${why}.` };
}

function readyPods(pods: LiveWorkload["pods"]): PodRef[] {
  const ready = pods.filter((pod) => pod.ready).slice(0, mostReplicas);
  return ready.map(({ namespace, name }) => ({ namespace, name }));
}
