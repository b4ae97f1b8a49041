import type { MapItem } from "../cilium/policy/lookup";
import { getOrMake } from "../common/maps";
import { EVERY_PROTOCOL, PROTOCOL_NUMBERS } from "../kubernetes/ports";
import { DEFAULT_OPAQUE_PORTS, DEFAULT_SKIPPED_PORTS, INBOUND_PORT, META_PORTS } from "../linkerd/wire/wire";
import { FLOW_PROTOCOLS, type FlowProtocol, type PortGroup, type PortSpan } from "../scenario/port-group";
import type { EndpointMesh, Flow } from "../scenario/scenario";

const LAST_PORT = 65_535;
const LAST_TYPE = 255;
const protocols: readonly FlowProtocol[] = FLOW_PROTOCOLS;
const numberOf = (protocol: string) => PROTOCOL_NUMBERS.get(protocol.toLowerCase()) ?? -1;
const [tcp, udp, sctp] = [numberOf("TCP"), numberOf("UDP"), numberOf("SCTP")];

/** Ports that lie in the same spans. */
interface PortSet {
  /** The spans. Sets of two protocols that lie in the same spans share a key. */
  key: string;
  /** Whether the ports lie in no span at all, not even in one of all ports. Ports of other protocols may then be equivalent. */
  isUnnamed: boolean;
  /** Whether the ports lie only in spans of all ports. */
  isRest: boolean;
  intervals: PortSpan[];
}

/** A port that stands for its class, as a flow has it. */
export interface Example extends Pick<Flow, "proto" | "port" | "standsFor"> {
  /** Whether it stands for every port that no rule names. */
  isRest?: true;
}

/**
 * The ports of one endpoint in classes. Ports that lie in the same spans of the rules share a verdict, so the verdicts about one port of each class
 * cover all 65,535 ports of every protocol.
 */
export class PortClasses {
  private readonly spans = new Map<number, Map<string, PortSpan>>();
  /** Protocols that some rule treats differently from the previous one: SCTP from UDP, UDP from TCP. */
  private readonly unlike = new Set<number>();
  /** Whether Linkerd's egress policies decide about TCP alone. */
  private isTcpApart = false;

  /** Adds the rules of one list, which apply to the same peers. */
  addList(items: readonly MapItem[]): this {
    const texts = new Map<number, string[]>();
    for (const { protocol, port, endPort, precedence, origins } of items) {
      if (protocol === EVERY_PROTOCOL) continue;
      const span = { first: port, last: port === 0 ? LAST_PORT : Math.max(port, endPort) };
      const key = `${span.first}-${span.last}`;
      getOrMake(this.spans, protocol, () => new Map<string, PortSpan>()).set(key, span);
      getOrMake(texts, protocol, (): string[] => []).push(`${key} ${precedence} ${origins.join()}`);
    }
    const text = (protocol: number) => texts.get(protocol)?.sort().join("\n") ?? "";
    if (text(udp) !== text(tcp)) this.unlike.add(udp);
    if (text(sctp) !== text(udp)) this.unlike.add(sctp);
    return this;
  }

  /** Separates TCP from the other protocols, and each of these ports from the other TCP ports. */
  addTcp(ports: readonly number[]): this {
    this.isTcpApart = true;
    const own = getOrMake(this.spans, tcp, () => new Map<string, PortSpan>());
    for (const port of ports) own.set(`${port}-${port}`, { first: port, last: port });
    return this;
  }

  /** Adds the classes of others, so that ports in one class share a verdict under all of them. */
  addAll(others: Iterable<PortClasses>): this {
    for (const { spans, unlike, isTcpApart } of others) {
      this.isTcpApart ||= isTcpApart;
      for (const [protocol, more] of spans) {
        const own = getOrMake(this.spans, protocol, () => new Map<string, PortSpan>());
        for (const [key, span] of more) own.set(key, span);
      }
      for (const protocol of unlike) this.unlike.add(protocol);
    }
    return this;
  }

  /**
   * One port for each class, not among `known`. A class gets none if a known port already stands for it, or if all its ports are known. A known port that
   * stands only for itself does not count: it does not tell whether its whole class opens with it.
   *
   * @param mesh The proxy of the endpoint, which carries TCP to another port than the other protocols.
   */
  examples(known: readonly Example[], mesh: EndpointMesh | undefined): Example[] {
    const meshed = mesh?.injected === true || this.isTcpApart;
    const sets = new Map(protocols.map((proto) => [proto, this.sets(proto)]));
    const isCarried = (proto: FlowProtocol) => meshed && proto === "TCP";
    const isSpokenFor = (proto: FlowProtocol, { intervals }: PortSet) =>
      known.some(
        (port) =>
          port.proto === proto &&
          port.standsFor !== undefined &&
          intervals.some((interval) => contains(interval, port.port)),
      );
    // The unnamed ports of the first of these protocols stand for those of the others.
    const unnamed = protocols.filter(
      (proto) => !isCarried(proto) && sets.get(proto)?.some((set) => set.isUnnamed && !isSpokenFor(proto, set)),
    );
    // The classes of each protocol that have an example, be it of this protocol or of an equivalent one.
    const coveredOf = new Map<FlowProtocol, Set<string>>();
    return protocols.flatMap((proto, place) => {
      const covered = new Set<string>();
      coveredOf.set(proto, covered);
      const coveredBefore = this.isLikePrevious(proto, meshed)
        ? coveredOf.get(protocols[place - 1] ?? proto)
        : undefined;
      const asked = known.filter((port) => port.proto === proto).map(({ port }) => port);
      const own = sets.get(proto) ?? [];
      return own.flatMap((set): Example[] => {
        const { key, isUnnamed, isRest, intervals } = set;
        const isShared = isUnnamed && !isCarried(proto);
        if (isShared && proto !== unnamed[0]) return [];
        if (!isShared && coveredBefore?.has(key)) {
          covered.add(key);
          return [];
        }
        if (isSpokenFor(proto, set)) return [];
        const free = intervals.flatMap((interval) => without(interval, asked));
        // All ports of the class are known in this protocol. An equivalent protocol then gets an example of its own.
        if (free.length === 0) return [];
        covered.add(key);
        const port = freePort(proto, free, isCarried(proto) ? mesh : undefined);
        const others = isShared ? unnamed.slice(1) : this.likeIt(proto, meshed);
        const group: PortGroup = {
          protocols: [proto, ...others],
          ports: !isRest ? intervals : asked.length + own.length > 1 ? "others" : "all",
        };
        return [{ proto, port, ...(!isAlone(group) && { standsFor: group }), ...(isRest && { isRest }) }];
      });
    });
  }

  private isLikePrevious(proto: FlowProtocol, meshed: boolean): boolean {
    if (proto === "UDP") return !meshed && !this.unlike.has(udp);
    return proto === "SCTP" && !this.unlike.has(sctp);
  }

  /** The following protocols for whose named ports those of this one can stand. */
  private likeIt(proto: FlowProtocol, meshed: boolean): FlowProtocol[] {
    const next = protocols[protocols.indexOf(proto) + 1];
    return next === undefined || !this.isLikePrevious(next, meshed) ? [] : [next, ...this.likeIt(next, meshed)];
  }

  /** The ports of a protocol, or the types of ICMP, in sets. */
  private sets(proto: FlowProtocol): PortSet[] {
    const last = isIcmp(proto) ? LAST_TYPE : LAST_PORT;
    // Sorted, so that keys of two protocols are comparable, whatever the order of the rules.
    const spans = [...(this.spans.get(numberOf(proto))?.values() ?? [])].sort(
      (a, b) => a.first - b.first || a.last - b.last,
    );
    const starts = [...new Set([1, ...spans.flatMap((span) => [span.first, span.last + 1])])]
      .filter((start) => start > 0 && start <= last)
      .sort((a, b) => a - b);
    const sets = new Map<string, PortSet>();
    for (const [index, first] of starts.entries()) {
      const around = spans.filter((span) => contains(span, first));
      const key = around.map((span) => `${span.first}-${span.last}`).join();
      const set = getOrMake(sets, key, () => ({
        key,
        isUnnamed: around.length === 0,
        isRest: around.every((span) => span.first === 0),
        intervals: [],
      }));
      set.intervals.push({ first, last: (starts[index + 1] ?? last + 1) - 1 });
    }
    return [...sets.values()];
  }
}

const contains = ({ first, last }: PortSpan, port: number) => first <= port && port <= last;

/** The span without these ports. */
function without({ first, last }: PortSpan, ports: readonly number[]): PortSpan[] {
  const within = ports.filter((port) => first <= port && port <= last).sort((a, b) => a - b);
  const starts = [first, ...within.map((port) => port + 1)];
  return starts
    .map((start, index) => ({ first: start, last: (within[index] ?? last + 1) - 1 }))
    .filter(({ first: from, last: to }) => from <= to);
}

const isIcmp = (proto: FlowProtocol) => proto.startsWith("ICMP");

/** Whether the group is a single port of a single protocol. */
const isAlone = ({ protocols: [, ...others], ports }: PortGroup) =>
  others.length === 0 && typeof ports !== "string" && ports.length === 1 && ports[0]?.first === ports[0]?.last;

/** A free port to stand for its class: the ping for ICMP, and no port that Linkerd treats specially, if there is another. */
function freePort(proto: FlowProtocol, free: readonly PortSpan[], mesh: EndpointMesh | undefined): number {
  const ping = proto === "ICMPv6" ? 128 : 8;
  const isGood = (port: number) => (isIcmp(proto) ? port === ping : !isSpecial(port, mesh));
  const port = free.map((span) => firstIn(span, isGood)).find((found) => found !== undefined);
  return port ?? free[0]?.first ?? 1;
}

function firstIn({ first, last }: PortSpan, isGood: (port: number) => boolean): number | undefined {
  for (let port = first; port <= last; port++) if (isGood(port)) return port;
  return undefined;
}

function isSpecial(port: number, mesh: EndpointMesh | undefined): boolean {
  if (mesh === undefined) return false;
  const { skipInboundPorts = DEFAULT_SKIPPED_PORTS, opaquePorts = DEFAULT_OPAQUE_PORTS, directPorts = [] } = mesh;
  return [
    INBOUND_PORT,
    ...META_PORTS,
    ...DEFAULT_SKIPPED_PORTS,
    ...skipInboundPorts,
    ...opaquePorts,
    ...directPorts,
  ].includes(port);
}
