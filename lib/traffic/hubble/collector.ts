import { getOrMake } from "../../common/maps";
import { AddressOwners } from "../address-owners";
import { type HubbleEndpoint, ownerOfPod, Parties, type Party } from "../party";
import type { Loss } from "../traffic";
import { type Counts, EdgeCounts } from "./counts";
import { type Flow, flat, type KnownEnds, withoutZone } from "./flow";
import type { PassedOver } from "./passed-over";
import { Repeats } from "./repeats";
import { agentEvents, nameOf } from "./spelling";

type End = Party | "world" | undefined;

/** Both ends of a flow, with the parties that they were resolved to. */
interface Ends {
  text: string;
  source: End;
  destination: End;
  /** Whether one of them is a pod of `meshfence verify`, which does not exist otherwise. */
  isProbe: boolean;
  from: string;
  to: string;
  /** Counts of the edges between them, if both ends always resolve to the same party. */
  edges: Map<string, Counts>;
}

/** An event of the agent between the flows of an exporter's file (`flow.AgentEvent` of Cilium's `api/v1/flow/flow.proto`). */
export interface AgentEvent {
  type?: string | number;
  ipcache_update?: { cidr?: string; host_ip?: string; namespace?: string; pod_name?: string };
  policy_update?: { labels?: string[] };
}

const DROP = 1;
const TRACE = 4;
const VERDICT = 5;
const REQUEST = 129;
/** Drop reasons that a policy causes. Others, such as an unroutable address, have nothing to do with policies. */
const POLICY_REASONS = new Set(["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED"]);
/** How many pairs of ends are cached. Each has some 1,500 bytes. */
const maxEnds = 20_000;
const maxPods = 100_000;
/** How many denials are remembered at least. At most, twice as many are. */
const minDenials = 50_000;
/** Denied packets of a connection within this time, in milliseconds, count as one. TCP retries for longer, but with long pauses. */
const retransmission = 60_000;

/** Sums up flows, one by one. Its memory grows with the number of edges, not of flows. */
export class Collector {
  readonly parties: Parties;
  readonly addresses = new AddressOwners();
  readonly edges = new EdgeCounts();
  private readonly passed = new Map<string, PassedOver>();
  private readonly losses = new Map<string, Loss>();
  readonly policyChanges = new Map<string, string>();
  flows = 0;
  first: string | undefined;
  last: string | undefined;
  /** Hours that have a flow. Nothing may have been recorded in between. */
  readonly hours = new Set<string>();
  private hour = "";
  private readonly ends = new Map<string, Ends>();
  /** The ends by address, because comparing a long text is much cheaper than looking it up. */
  private readonly between = new Map<string, Ends>();
  readonly knownEnds: KnownEnds = (from, to) => this.between.get(`${from} ${to}`)?.text;
  private readonly pods = new Map<string, Party>();
  /** The times of recent denials, and those of an older generation. Deleting the oldest entries of a single map one by one would be slow. */
  private denials = new Map<string, number>();
  private olderDenials = new Map<string, number>();
  private readonly repeats = new Repeats();

  constructor(parties = new Parties()) {
    this.parties = parties;
  }

  add(flow: Flow): void {
    if (this.repeats.isRepeated(flow)) {
      this.passOver({ reason: "repeated" });
      return;
    }
    this.flows++;
    const { time } = flow;
    if (this.first === undefined || time < this.first) this.first = time;
    if (this.last === undefined || time > this.last) this.last = time;
    if (!time.startsWith(this.hour) || this.hour === "") {
      this.hour = Buffer.from(time.slice(0, 13)).toString();
      this.hours.add(this.hour);
    }
    const ends = this.endsOf(flow);
    if (flow.dns !== undefined) this.learnNames(flow.dns, time);
    const why = whyNoEdge(flow) ?? (ends.isProbe ? ({ reason: "own probes" } as const) : undefined);
    if (why !== undefined) {
      this.passOver(why);
      return;
    }
    const reply = isReply(flow);
    const counts = this.countsOf(flow, ends, reply);
    if (counts === undefined) return;
    if (time < counts.first) counts.first = time;
    if (time > counts.last) counts.last = time;
    const outcome = this.count(flow, counts, reply);
    if (outcome === "passed" && time > counts.lastPassed) counts.lastPassed = time;
    if (outcome === "denied" && (counts.firstDenied === "" || time < counts.firstDenied)) counts.firstDenied = time;
  }

  agentEvent({ ipcache_update: address, policy_update: policy, ...event }: AgentEvent, time: string): void {
    const type = nameOf(agentEvents, event.type);
    if (type === "IPCACHE_UPSERTED" || type === "IPCACHE_DELETED") {
      const ip = address?.cidr?.replace(/\/(32|128)$/, "");
      const { namespace, pod_name: pod, host_ip: host } = address ?? {};
      if (ip === undefined || !namespace || !pod || ip === host) return;
      const owner = this.pods.get(`${namespace}/${pod}`) ?? this.parties.workload(namespace, ownerOfPod(pod));
      this.addresses.set(ip, owner, withoutZone(time));
    }
    if (type !== "POLICY_UPDATED" || this.policyChanges.size >= 1000) return;
    const label = (key: string) =>
      policy?.labels?.find((one) => one.startsWith(`k8s:io.cilium.k8s.policy.${key}=`))?.replace(/^[^=]*=/, "");
    const [namespace = "", name] = [label("namespace"), label("name")];
    if (name !== undefined && !this.policyChanges.has(`${namespace}/${name}`))
      this.policyChanges.set(`${namespace}/${name}`, time);
  }

  /** Counts a loss once, even if overlapping files report it twice. */
  addLoss(loss: Loss, place: string): void {
    this.losses.set(`${place} ${JSON.stringify(loss)}`, loss);
  }

  get lost(): Loss[] {
    return [...this.losses.values()];
  }

  passOver({ reason, detail }: Why, count = 1): void {
    if (count === 0) return;
    const known = getOrMake(this.passed, `${reason}\0${detail ?? ""}`, (): PassedOver => {
      return { reason, ...(detail !== undefined && { detail }), count: 0 };
    });
    known.count += count;
  }

  /** Lines that are not edges, by reason. */
  get passedOver(): PassedOver[] {
    return [...this.passed.values()];
  }

  /** Counts a flow. Returns its outcome. Undefined for a trace at its source (`FROM_ENDPOINT`), where nothing is decided yet. */
  private count(flow: Flow, counts: Counts, reply: boolean): "passed" | "denied" | undefined {
    if (flow.verdict === "DROPPED") {
      if (this.isFirstDenial(flow)) counts.denied++;
      return "denied";
    }
    if (flow.event === TRACE) {
      if (reply) counts.answers++;
      else if (flow.point.startsWith("FROM_")) {
        counts.setOut++;
        return undefined;
      } else if (flow.point === "TO_ENDPOINT") counts.delivered++;
      else counts.sent++;
    } else if (flow.verdict === "AUDIT") counts.audited++;
    else if (!reply) counts.admitted++;
    return "passed";
  }

  /** False for a repeated denial: Hubble reports both the verdict and the drop, and TCP retransmits. */
  private isFirstDenial({ from, sourcePort, to, port, protocol, time }: Flow): boolean {
    const key = `${protocol} ${from} ${sourcePort} ${to} ${port}`;
    const now = Date.parse(`${time}Z`);
    const before = this.denials.get(key) ?? this.olderDenials.get(key);
    this.denials.set(key, now);
    if (this.denials.size >= minDenials) {
      this.olderDenials = this.denials;
      this.denials = new Map();
    }
    return before === undefined || Math.abs(now - before) > retransmission;
  }

  private countsOf(flow: Flow, ends: Ends, reply: boolean): Counts | undefined {
    const port = reply && !flow.protocol.startsWith("ICMP") ? flow.sourcePort : requestedPort(flow);
    const steady = ends.source !== "world" && ends.destination !== "world";
    const key = `${flow.protocol}${port}${reply ? "r" : ""}`;
    const known = steady ? ends.edges.get(key) : undefined;
    if (known !== undefined) return known;
    const source = this.partyOf(ends.source, flow.from, flow.time, flow.sourceNames);
    const destination = this.partyOf(ends.destination, flow.to, flow.time, flow.destinationNames);
    if (source === undefined || destination === undefined) {
      this.passOver({ reason: "nameless end" });
      return undefined;
    }
    const counts = reply
      ? this.edges.of(destination, source, flow, port, reply)
      : this.edges.of(source, destination, flow, port, reply);
    if (counts === undefined) this.passOver({ reason: "too many ports" });
    else if (steady) ends.edges.set(key, counts);
    return counts;
  }

  private partyOf(end: End, ip: string, time: string, names: readonly string[] = []): Party | undefined {
    if (end !== "world") return end;
    if (ip === "") return undefined;
    const owner = this.addresses.ownerOf(ip, time);
    if (owner !== undefined) return owner;
    if (this.addresses.isPodNetwork(ip)) return this.parties.gone(ip);
    const party = this.parties.address(ip);
    for (const name of names) this.name(party, name);
    return party;
  }

  private learnNames({ name, ips }: { name: string; ips: readonly string[] }, time: string): void {
    if (name === "" || name.endsWith(".cluster.local")) return;
    for (const ip of ips) {
      if (this.addresses.ownerOf(ip, time) === undefined) this.name(this.parties.address(ip), name);
    }
  }

  private name(party: Party, name: string): void {
    party.names ??= new Set();
    if (party.names.size < 20) party.names.add(name.replace(/\.$/, ""));
  }

  private endsOf({ ends: text, from, to, pair = `${from} ${to}`, time }: Flow): Ends {
    const last = this.between.get(pair);
    // Usually identical: `quickFlow` took the text from here.
    if (last !== undefined && last.text === text) return last;
    let ends = typeof text === "string" ? this.ends.get(text) : undefined;
    if (ends === undefined) {
      const parsed = typeof text === "string" ? parseEnds(text) : text;
      // Copied: a substring would keep its whole block of the file alive.
      const kept = typeof text === "string" ? flat(text) : "";
      const [source, destination] = [this.endOf(parsed.source), this.endOf(parsed.destination)];
      const isProbe = [source, destination].some(isProbing);
      ends = { text: kept, source, destination, isProbe, from: "", to: "", edges: new Map() };
      if (typeof text === "string") {
        if (this.ends.size >= maxEnds) this.ends.clear();
        this.ends.set(kept, ends);
      }
    }
    if (ends.text !== "") {
      if (this.between.size >= maxEnds) this.between.clear();
      this.between.set(flat(pair), ends);
    }
    if (ends.from !== from) {
      ends.from = from;
      if (isPod(ends.source)) this.addresses.set(from, ends.source, time);
    }
    if (ends.to !== to) {
      ends.to = to;
      if (isPod(ends.destination)) this.addresses.set(to, ends.destination, time);
    }
    return ends;
  }

  private endOf(endpoint: HubbleEndpoint): End {
    const party = this.parties.of(endpoint);
    const { namespace, pod_name: pod } = endpoint;
    if (isPod(party) && namespace && pod && this.pods.size < maxPods) this.pods.set(`${namespace}/${pod}`, party);
    return party;
  }
}

type Why = Pick<PassedOver, "reason" | "detail">;

/** Why an event is not an edge. Undefined if it is one. */
function whyNoEdge(flow: Flow): Why | undefined {
  const { event, reason, related } = flow;
  if (event !== TRACE && event !== VERDICT && event !== DROP && event !== REQUEST) return { reason: "other event" };
  if (event === DROP && !POLICY_REASONS.has(reason))
    return { reason: "not by policy", detail: reason === "" ? "no reason given" : reason };
  if (related || isIcmpNotice(flow)) return { reason: "other connections" };
  return undefined;
}

const isPod = (end: End): end is Party => end !== undefined && end !== "world" && end.kind === "workload";

/** Whether it is in a namespace that `meshfence verify` creates for its control pods and strangers. */
const isProbing = (end: End): boolean => isPod(end) && /^meshfence-verify(-[0-9a-f]{8})?$/.test(end.namespace ?? "");

function parseEnds(text: string): { source: HubbleEndpoint; destination: HubbleEndpoint } {
  const bytes = Buffer.from(text.replace(/,$/, ""), "latin1");
  return { source: {}, destination: {}, ...JSON.parse(`{${bytes.toString("utf8")}}`) };
}

/** Whether it is a reply, which Hubble does not tell for drops. */
function isReply({ reply, synAck, syn, protocol, sourcePort, port }: Flow): boolean {
  if (protocol === "ICMPv4") return port === 0;
  if (protocol === "ICMPv6") return port === 129;
  if (reply !== undefined) return reply;
  if (synAck) return true;
  return !syn && port >= 32_768 && sourcePort < 32_768;
}

/** The port of the request; for an ICMP echo reply, the type of the echo request. */
function requestedPort({ protocol, port }: Flow): number {
  if (protocol === "ICMPv4" && port === 0) return 8;
  return protocol === "ICMPv6" && port === 129 ? 128 : port;
}

/** Whether it is neither a request nor a reply: an ICMP error about another packet, or neighbour discovery. */
function isIcmpNotice({ protocol, port }: Flow): boolean {
  if (protocol === "ICMPv4") return [3, 4, 5, 11, 12].includes(port);
  return protocol === "ICMPv6" && (port < 128 || (port >= 130 && port <= 137) || port === 143);
}
