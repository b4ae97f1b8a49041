import type { ControlPod, LiveFacts, LiveWorkload, PodRef } from "../cluster";
import { compile } from "../reachability/compile";
import type { EndpointFacts, Scenario } from "../scenario/scenario";
import { withStandIns } from "./on-behalf";
import { type Outside, outsideId } from "./outside/outside";
import { participantOf } from "./participant";
import { planProbes } from "./plan-probes";
import type { Client, ProbePlan, Target } from "./probe";
import type { Note } from "./report";
import type { StandIn } from "./strangers/stand-ins";
import { type Stranger, strangerEndpoint, workloadOf } from "./strangers/stranger";

export interface ProofPlanInput {
  facts: LiveFacts;
  namespaces: readonly string[];
  /** Without a pod if they are only planned. */
  strangers: readonly { stranger: Stranger; control?: ControlPod }[];
  /** Pods that stand in for those of Jobs; without a pod if they are only planned. */
  standIns?: readonly { standIn: StandIn; control?: ControlPod }[];
  outside?: Pick<Outside, "address" | "port"> | undefined;
  limit: number;
}

export interface ProofPlan {
  plan: ProbePlan;
  /** Workloads that take no part. */
  notes: Note[];
  /** With the strangers, and the server outside the cluster. */
  scenario: Scenario;
  /** For each target, a client in its own pod, which tells whether the target is alive. */
  selfClients: Map<string, Client>;
  replicas: Map<string, PodRef[]>;
  nodes: string[];
}

/** The maximum number of pods of one workload whose proxies are read. */
const mostReplicas = 5;

/** Decides who takes part, what is predicted for each pair, and what is not probed. */
export function planProof({
  facts: live,
  namespaces,
  strangers,
  standIns = [],
  outside,
  limit,
}: ProofPlanInput): ProofPlan {
  const { facts, participants: onBehalf, notes } = withStandIns(live, standIns);
  const fenced = facts.workloads.filter(({ namespace }) => namespaces.includes(namespace));
  const participants = fenced.map((workload) => ({
    workload,
    participant: onBehalf.get(workload.id) ?? participantOf(workload),
  }));
  const workloads = participants.flatMap(({ participant }) => ("why" in participant ? [] : [participant]));
  const strangerParticipants = strangers.map(({ stranger, control }) =>
    strangerParticipant(stranger, control, facts.workloads),
  );
  const scenario = withStrangers(facts, strangerParticipants, outside);
  // Without a server outside, the first stranger needs a second one as its control.
  const servers: Target[] = [
    ...strangerParticipants.slice(0, outside === undefined ? 2 : 1).map(({ target }) => target),
    ...(outside === undefined ? [] : [{ id: outsideId, ip: outside.address, meshed: false, ours: true }]),
  ];
  const dns = dnsOf(scenario);
  const plan = planProbes({
    scenario,
    reachability: compile(facts.policies, scenario),
    participants: {
      workloads,
      strangers: strangerParticipants.map(({ client, claims }) => ({
        client,
        ...(claims !== undefined && { claims }),
      })),
      servers,
      ...(dns !== undefined && { dns }),
    },
    limit,
  });
  const everyone = [...workloads, ...strangerParticipants];
  return {
    plan,
    notes: [
      ...notes,
      ...participants.flatMap(({ workload, participant }) =>
        "why" in participant ? [absentNote(workload, participant.why)] : [],
      ),
    ],
    scenario,
    selfClients: new Map(everyone.map(({ client }) => [client.id, client])),
    replicas: new Map(
      fenced.filter(({ id, meshed }) => meshed && !onBehalf.has(id)).map(({ id, pods }) => [id, readyPods(pods)]),
    ),
    nodes: [...new Set(everyone.map(({ client }) => client.node))].filter((node) => node !== ""),
  };
}

interface StrangerParticipant {
  endpoint: EndpointFacts;
  client: Client;
  target: Target;
  claims?: string;
  /** The id of its workload as the cluster reports it. */
  known?: string;
}

function strangerParticipant(
  stranger: Stranger,
  control: ControlPod | undefined,
  workloads: readonly LiveWorkload[],
): StrangerParticipant {
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

function withStrangers(
  { scenario }: LiveFacts,
  strangerParticipants: readonly StrangerParticipant[],
  outside: ProofPlanInput["outside"],
): Scenario {
  const known = new Set(strangerParticipants.map((one) => one.known));
  const { flows: _, ...own } = scenario;
  return {
    ...own,
    endpoints: [
      ...scenario.endpoints.filter(({ id }) => !known.has(id)),
      ...strangerParticipants.map(({ endpoint }) => endpoint),
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
