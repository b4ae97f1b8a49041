import { admit } from "../../lib/input/admission/admit";
import { type DefaultPolicy, type RawObject, webhookRefusal } from "../../lib/linkerd/api";
import { parseNetwork } from "../../lib/linkerd/api/network";
import {
  type AuthorizationRef,
  type Client,
  type Decision,
  externalWorkload,
  InboundPolicy,
  type PolicyContainer,
  type PolicyWorkload,
  placeOf,
  podWorkload,
  type Request,
  type RouteRef,
} from "../../lib/linkerd/policy";

/** One line of the corpus: objects, the cluster's settings, and questions with the answers of Linkerd's own code. */
export interface Scenario {
  id: string;
  cluster: {
    networks: string[];
    defaultPolicy: DefaultPolicy;
    probeNetworks: string[];
    identityDomain: string;
    controlPlaneNamespace: string;
  };
  timestamps: boolean;
  /** `false`: the objects bypassed the admission webhook. */
  webhook?: false;
  objects: ScenarioObject[];
  refused?: { object: number; by: "api-server" | "webhook" | "decoder"; reason: string }[];
  accepted?: { route: string; parent: string; accepted: boolean; reason: string }[];
  questions: Question[];
}

interface ScenarioObject extends RawObject {
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: { containers?: PolicyContainer[]; initContainers?: PolicyContainer[] };
}

export interface Question {
  pod?: string;
  external?: string;
  port: number;
  client: { ip: string; identity: string | null; tls: Client["tls"]; via: Client["via"] };
  request: {
    protocol: Request["protocol"];
    method?: string;
    host?: string;
    path?: string;
    headers?: Record<string, string>;
  };
  answer: Answer;
  orders?: Answer[];
}

interface Answer {
  verdict: Decision["verdict"];
  status: Decision["status"] | null;
  grpc?: string;
  owner: string | null;
  protocol: string | null;
  route: RouteRef | null;
  authorizations: AuthorizationRef[];
}

/** The result: the number of questions, and where the evaluator's answers differ. */
export interface Comparison {
  questions: number;
  scenarios: number;
  /** A line for each difference. */
  differences: string[];
  /** A line for each question that the evaluator leaves open although Linkerd's answer is definite. */
  unknown: string[];
}

export function isLinkerdScenario(line: object): line is Scenario {
  return "questions" in line && "cluster" in line;
}

/** Asks the evaluator all questions of a scenario, and adds to the result. */
export function compareScenario(scenario: Scenario, comparison: Comparison): void {
  comparison.scenarios++;
  const { policy, refused } = inCluster(scenario);
  const say = (text: string) => comparison.differences.push(`${scenario.id} ${text}`);
  compareRefused(scenario, refused, policy, say);
  compareAccepted(scenario, policy, say);
  for (const [index, question] of scenario.questions.entries()) {
    comparison.questions++;
    const answers = ask(scenario, policy, question);
    const given = new Set(answers.map(ofDecision));
    const expected = new Set((question.orders ?? [question.answer]).map(ofAnswer));
    if (given.size === expected.size && [...expected].every((answer) => given.has(answer))) continue;
    const asked = `${scenario.id}#${index} ${JSON.stringify({ ...question, answer: undefined, orders: undefined })}`;
    const line = `${asked}\n  Linkerd: ${[...expected].join(" | ")}\n  here:    ${[...given].join(" | ")}`;
    if (given.size > 1 && expected.size === 1) comparison.unknown.push(line);
    else comparison.differences.push(line);
  }
}

/** The objects that are admitted to the cluster, and those that are not. */
function inCluster(scenario: Scenario): { policy: InboundPolicy; refused: Map<number, string> } {
  const refused = new Map<number, string>();
  for (const [index, object] of scenario.objects.entries())
    if (!apiServerTakes(object)) refused.set(index, "api-server");
  if (scenario.webhook !== false) {
    for (const [index, object] of scenario.objects.entries()) {
      if (!refused.has(index) && webhookRefusal(object) !== undefined) refused.set(index, "webhook");
    }
  }
  const inside = scenario.objects.map((object, index) => (refused.has(index) ? {} : object));
  return { policy: policyOf(scenario, inside), refused };
}

/** The corpus was recorded without strict validation: unknown fields are dropped instead of refused. */
function apiServerTakes(object: ScenarioObject): boolean {
  let answer = admit({ ...object });
  for (
    let pruned: object = object;
    answer !== undefined && !answer.accepted && answer.by === "api-server";
    answer = admit({ ...pruned })
  ) {
    const unknown = answer.faults.filter(({ code }) => code === "unknown-field");
    if (unknown.length === 0) return false;
    pruned = structuredClone(pruned);
    for (const { path } of unknown) drop(pruned, path);
  }
  return true;
}

function drop(value: unknown, path: readonly (string | number)[]): void {
  const [first, ...rest] = path;
  if (typeof value !== "object" || value === null || first === undefined) return;
  const fields = value as Record<string | number, unknown>;
  if (rest.length === 0) delete fields[first];
  else drop(fields[first], rest);
}

/** The policies that a scenario's cluster has with these objects. */
export function policyOf({ cluster, timestamps }: Scenario, objects: readonly RawObject[]): InboundPolicy {
  const { networks, probeNetworks, identityDomain, controlPlaneNamespace, defaultPolicy } = cluster;
  const settings = {
    controlPlaneNamespace,
    trustDomain: identityDomain,
    clusterNetworks: networks.map(parseNetwork),
    defaultPolicy,
    probeNetworks: probeNetworks.map(parseNetwork),
    egressNamespace: "linkerd-egress",
  };
  return new InboundPolicy(objects, settings, timestamps ? "cluster" : "manifests");
}

/** All possible answers to a question. */
export function ask(scenario: Scenario, policy: InboundPolicy, question: Question): Decision[] {
  return policy.decide(workloadOf(scenario, question), question.port, clientOf(question), requestOf(question));
}

function compareRefused(
  { refused: expected = [] }: Scenario,
  refused: Map<number, string>,
  policy: InboundPolicy,
  say: (text: string) => void,
): void {
  const given = new Map(refused);
  for (const { object } of policy.undecodable) given.set(object, "decoder");
  const wanted = new Map(expected.map(({ object, by }) => [object, by as string]));
  for (const index of new Set([...given.keys(), ...wanted.keys()])) {
    if (given.get(index) === wanted.get(index)) continue;
    say(
      `object ${index}: refused by ${wanted.get(index) ?? "nobody"} in Linkerd, ${given.get(index) ?? "nobody"} here`,
    );
  }
}

function compareAccepted({ accepted = [] }: Scenario, policy: InboundPolicy, say: (text: string) => void): void {
  const lines = (statuses: { route: string; parent: string; accepted: boolean; reason: string }[]) =>
    statuses.map(({ route, parent, accepted: yes, reason }) => `${route} on ${parent}: ${yes} ${reason}`);
  const given = lines(
    policy.routeStatuses.map(({ route, parent, accepted: yes, reason }) => ({
      route: `${route.group}/${route.kind}/${route.namespace}/${route.name}`,
      parent: `policy.linkerd.io/Server/${parent.namespace}/${parent.name}`,
      accepted: yes,
      reason,
    })),
  );
  const wanted = lines(accepted.filter(({ parent }) => parent.startsWith("policy.linkerd.io/Server/")));
  for (const line of wanted) if (!given.includes(line)) say(`status missing here: ${line}`);
  for (const line of given) if (!wanted.includes(line)) say(`status only here: ${line}`);
}

/** Cached, because reading a pod takes longer than asking about it. */
const workloads = new WeakMap<Scenario, Map<string, PolicyWorkload>>();

function workloadOf(scenario: Scenario, question: Question): PolicyWorkload {
  const [kind, name] = question.pod === undefined ? ["ExternalWorkload", question.external] : ["Pod", question.pod];
  const known = workloads.get(scenario) ?? new Map<string, PolicyWorkload>();
  workloads.set(scenario, known);
  const key = `${kind} ${name}`;
  const workload = known.get(key) ?? readWorkload(scenario, kind as string, name ?? "");
  known.set(key, workload);
  return workload;
}

function readWorkload({ objects }: Scenario, kind: string, name: string): PolicyWorkload {
  const found = objects.find(
    ({ kind: its, metadata }) => its === kind && `${metadata.namespace}/${metadata.name}` === name,
  );
  if (found === undefined) throw new Error(`the scenario has no ${kind} ${name}`);
  const map = (record: Record<string, string> = {}) => new Map(Object.entries(record));
  const { namespace, labels, annotations } = found.metadata;
  if (kind === "Pod") {
    const containers = [...(found.spec?.containers ?? []), ...(found.spec?.initContainers ?? [])];
    return podWorkload({ namespace, labels: map(labels), annotations: map(annotations), containers });
  }
  const external = new InboundPolicy([found], NO_SETTINGS).objects.externalWorkloads[0];
  if (external === undefined) throw new Error(`${name} cannot be read`);
  return externalWorkload({ ...external, ports: external.spec.ports ?? [] });
}

const NO_SETTINGS = {
  controlPlaneNamespace: "",
  trustDomain: "",
  clusterNetworks: [],
  defaultPolicy: "deny" as const,
  probeNetworks: [],
  egressNamespace: "linkerd-egress",
};

function clientOf({ client }: Question): Client {
  return {
    blocks: placeOf(client.ip),
    tls: client.tls,
    ...(client.identity === null ? {} : { identity: client.identity }),
    via: client.via,
  };
}

function requestOf({ request }: Question): Request {
  if (request.protocol === "tcp") return { protocol: "tcp" };
  const { protocol, method = "GET", host, path = "/", headers = {} } = request;
  return { protocol, method, ...(host === undefined ? {} : { host }), path, headers: Object.entries(headers) };
}

function ofDecision({ verdict, status, grpc, owner, protocol, route, authorizations }: Decision): string {
  const name = owner === undefined ? null : owner.kind === "server" ? owner.name : `default:${owner.name}`;
  return text([
    verdict,
    status ?? null,
    grpc ?? null,
    name,
    protocol ?? null,
    routeText(route ?? null),
    refs(authorizations),
  ]);
}

function ofAnswer({ verdict, status, grpc, owner, protocol, route, authorizations }: Answer): string {
  return text([verdict, status ?? null, grpc ?? null, owner, protocol ?? null, routeText(route), refs(authorizations)]);
}

function routeText(route: RouteRef | null): string {
  return route === null ? "-" : `${route.group}/${route.kind}/${route.name}`;
}

function refs(authorizations: readonly AuthorizationRef[]): string {
  return authorizations
    .map(({ group, kind, name }) => `${group}/${kind}/${name}`)
    .sort()
    .join(",");
}

function text(parts: readonly (string | number | null)[]): string {
  return parts.join(" ");
}
