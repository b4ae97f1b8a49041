import { Addresses } from "../addresses";
import { type HubbleEndpoint, ownerOfPod, Parties, type Party } from "../party";
import type { Loss } from "../traffic";
import { type Counts, EdgeCounts } from "./counts";
import { type Flow, type KnownEnds, withoutZone } from "./flow";
import { NAMELESS_END, NOT_BY_POLICY, OTHER_CONNECTIONS, PROBES, REPEATED, TOO_MANY_PORTS } from "./passed-over";
import { Repeats } from "./repeats";

type End = Party | "world" | undefined;

/** Both ends of a flow, and what was found for them before. */
interface Ends {
  text: string;
  source: End;
  destination: End;
  /** One of them is a pod that `meshfence verify` made to probe with; there is none where policies are written for. */
  isProbe: boolean;
  from: string;
  to: string;
  /** Counts of its edges, where both ends are always the same party. */
  edges: Map<string, Counts>;
}

/** An event of the agent between the flows of an exporter's file (`flow.AgentEvent` of Cilium's `api/v1/flow/flow.proto`). */
export interface AgentEvent {
  type?: string;
  ipcache_update?: { cidr?: string; host_ip?: string; namespace?: string; pod_name?: string };
  policy_update?: { labels?: string[] };
}

const DROP = 1;
const TRACE = 4;
const VERDICT = 5;
const REQUEST = 129;
/** Reasons that are a policy's; others (an unroutable address, a protocol that is none) say nothing of policies. */
const POLICY_REASONS = new Set(["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED"]);
/** Equal text of both ends is looked up in so many; each has some 1,500 bytes. */
const mostEnds = 20_000;
const mostPods = 100_000;
const mostDenials = 50_000;
/** TCP tries for longer than that, but with pauses that no tool mistakes for one connection. */
const retransmission = 60_000;

/** Adds flows up, one by one, in memory that depends on who talks to whom and not on how often. */
export class Collector {
  readonly parties: Parties;
  readonly addresses = new Addresses();
  readonly edges = new EdgeCounts();
  readonly passedOver = new Map<string, number>();
  private readonly losses = new Map<string, Loss>();
  readonly policyChanges = new Map<string, string>();
  flows = 0;
  first: string | undefined;
  last: string | undefined;
  /** Hours in which something was recorded: between the first moment and the last nobody may have watched. */
  readonly hours = new Set<string>();
  private hour = "";
  private readonly ends = new Map<string, Ends>();
  /** The same by their addresses: to compare a long text is much less work than to look it up. */
  private readonly between = new Map<string, Ends>();
  readonly knownEnds: KnownEnds = (from, to) => this.between.get(`${from} ${to}`)?.text;
  private readonly pods = new Map<string, Party>();
  private readonly denials = new Map<string, number>();
  private readonly repeats = new Repeats();

  constructor(parties = new Parties()) {
    this.parties = parties;
  }

  add(flow: Flow): void {
    if (this.repeats.isRepeated(flow)) {
      this.passOver(REPEATED);
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
    const why = noEdge(flow) ?? (ends.isProbe ? PROBES : undefined);
    if (why !== undefined) {
      this.passOver(why);
      return;
    }
    const reply = isReply(flow);
    const counts = this.countsOf(flow, ends, reply);
    if (counts === undefined) return;
    if (time < counts.first) counts.first = time;
    if (time > counts.last) counts.last = time;
    if (this.count(flow, counts, reply)) {
      if (time > counts.lastPassed) counts.lastPassed = time;
    } else if (counts.firstDenied === "" || time < counts.firstDenied) counts.firstDenied = time;
  }

  agentEvent({ type = "", ipcache_update: address, policy_update: policy }: AgentEvent, time: string): void {
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

  /** Files that overlap tell of the same loss. */
  addLoss(loss: Loss, place: string): void {
    this.losses.set(`${place} ${JSON.stringify(loss)}`, loss);
  }

  get lost(): Loss[] {
    return [...this.losses.values()];
  }

  passOver(why: string): void {
    this.passedOver.set(why, (this.passedOver.get(why) ?? 0) + 1);
  }

  /** Whether it passed. */
  private count(flow: Flow, counts: Counts, reply: boolean): boolean {
    if (flow.event === TRACE) {
      if (reply) counts.answers++;
      else if (flow.point === "TO_ENDPOINT") counts.delivered++;
      else counts.sent++;
      return true;
    }
    if (flow.verdict === "DROPPED") {
      if (this.isFirstDenial(flow)) counts.denied++;
      return false;
    }
    if (flow.verdict === "AUDIT") counts.audited++;
    else if (!reply) counts.admitted++;
    return true;
  }

  /** A denied packet is told of twice, by the policy's verdict and by the drop, and TCP sends it again. */
  private isFirstDenial({ from, sourcePort, to, port, protocol, time }: Flow): boolean {
    const key = `${protocol} ${from} ${sourcePort} ${to} ${port}`;
    const now = Date.parse(`${time}Z`);
    const before = this.denials.get(key);
    this.denials.delete(key);
    this.denials.set(key, now);
    if (this.denials.size > mostDenials) {
      const [oldest] = this.denials.keys();
      if (oldest !== undefined) this.denials.delete(oldest);
    }
    return before === undefined || Math.abs(now - before) > retransmission;
  }

  private countsOf(flow: Flow, ends: Ends, reply: boolean): Counts | undefined {
    const port = reply && !flow.protocol.startsWith("ICMP") ? flow.sourcePort : askedPort(flow);
    const steady = ends.source !== "world" && ends.destination !== "world";
    const key = `${flow.protocol}${port}${reply ? "r" : ""}`;
    const known = steady ? ends.edges.get(key) : undefined;
    if (known !== undefined) return known;
    const source = this.partyOf(ends.source, flow.from, flow.time, flow.sourceNames);
    const destination = this.partyOf(ends.destination, flow.to, flow.time, flow.destinationNames);
    if (source === undefined || destination === undefined) {
      this.passOver(NAMELESS_END);
      return undefined;
    }
    const counts = reply
      ? this.edges.of(destination, source, flow, port, reply)
      : this.edges.of(source, destination, flow, port, reply);
    if (counts === undefined) this.passOver(TOO_MANY_PORTS);
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

  private endsOf({ ends: text, from, to, time }: Flow): Ends {
    const pair = `${from} ${to}`;
    const last = this.between.get(pair);
    // As a rule they are one object: whoever read the line took it from here.
    if (last !== undefined && last.text === text) return last;
    let ends = typeof text === "string" ? this.ends.get(text) : undefined;
    if (ends === undefined) {
      const parsed = typeof text === "string" ? parseEnds(text) : text;
      // A copy: what was cut out of a block of the file would keep all of it.
      const kept = typeof text === "string" ? flat(text) : "";
      const [source, destination] = [this.endOf(parsed.source), this.endOf(parsed.destination)];
      const isProbe = [source, destination].some(isProbing);
      ends = { text: kept, source, destination, isProbe, from: "", to: "", edges: new Map() };
      if (typeof text === "string") {
        if (this.ends.size >= mostEnds) this.ends.clear();
        this.ends.set(kept, ends);
      }
    }
    if (ends.text !== "") {
      if (this.between.size >= mostEnds) this.between.clear();
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
    if (isPod(party) && namespace && pod && this.pods.size < mostPods) this.pods.set(`${namespace}/${pod}`, party);
    return party;
  }
}

/** Why an event says nothing of who talks to whom; nothing where it does. */
function noEdge(flow: Flow): string | undefined {
  const { event, reason, related } = flow;
  if (event !== TRACE && event !== VERDICT && event !== DROP && event !== REQUEST) return "events of another kind";
  if (event === DROP && !POLICY_REASONS.has(reason))
    return `${NOT_BY_POLICY}: ${reason === "" ? "no reason given" : reason}`;
  if (related || isIcmpNotice(flow)) return OTHER_CONNECTIONS;
  return undefined;
}

const flat = (text: string) => Buffer.from(text, "latin1").toString("latin1");

const isPod = (end: End): end is Party => end !== undefined && end !== "world" && end.kind === "workload";

/** The namespaces that `meshfence verify` makes for its control pods and its strangers. */
const isProbing = (end: End): boolean => isPod(end) && /^meshfence-verify(-[0-9a-f]{8})?$/.test(end.namespace ?? "");

function parseEnds(text: string): { source: HubbleEndpoint; destination: HubbleEndpoint } {
  const bytes = Buffer.from(text.replace(/,$/, ""), "latin1");
  return { source: {}, destination: {}, ...JSON.parse(`{${bytes.toString("utf8")}}`) };
}

/** Hubble does not know of drops whether they are answers. */
function isReply({ reply, synAck, syn, protocol, sourcePort, port }: Flow): boolean {
  if (protocol === "ICMPv4") return port === 0;
  if (protocol === "ICMPv6") return port === 129;
  if (reply !== undefined) return reply;
  if (synAck) return true;
  return !syn && port >= 32_768 && sourcePort < 32_768;
}

/** The echo that was asked for, also of its answer. */
function askedPort({ protocol, port }: Flow): number {
  if (protocol === "ICMPv4" && port === 0) return 8;
  return protocol === "ICMPv6" && port === 129 ? 128 : port;
}

/** Neither a request nor its answer: what a router says of another packet, and how IPv6 finds its neighbours. */
function isIcmpNotice({ protocol, port }: Flow): boolean {
  if (protocol === "ICMPv4") return [3, 4, 5, 11, 12].includes(port);
  return protocol === "ICMPv6" && (port < 128 || (port >= 130 && port <= 137) || port === 143);
}
