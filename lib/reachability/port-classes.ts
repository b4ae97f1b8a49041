import type { MapItem } from "../cilium/policy/lookup";
import { getOrMake } from "../common/maps";
import { EVERY_PROTOCOL, PROTOCOL_NUMBERS } from "../kubernetes/ports";
import { DEFAULT_OPAQUE_PORTS, DEFAULT_SKIPPED_PORTS, INBOUND_PORT, META_PORTS } from "../linkerd/wire/wire";
import type { EndpointMesh, Flow } from "../scenario/scenario";

const LAST_PORT = 65_535;
const LAST_TYPE = 255;
/** Those that a flow can be of. */
export const FLOW_PROTOCOLS = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"] as const;
const protocols: readonly Protocol[] = FLOW_PROTOCOLS;
type Protocol = (typeof FLOW_PROTOCOLS)[number];
const numberOf = (protocol: string) => PROTOCOL_NUMBERS.get(protocol.toLowerCase()) ?? -1;
const [tcp, udp, sctp] = [numberOf("TCP"), numberOf("UDP"), numberOf("SCTP")];

interface Span {
  first: number;
  last: number;
}

/** Ports that are in the same spans. */
interface PortSet {
  /** Which spans: the same for the sets of two protocols that are in the same ones. */
  key: string;
  /** In no span at all, not even in one of all ports: then other protocols' ports may be like them. */
  isUnnamed: boolean;
  /** In none but spans of all ports. */
  isRest: boolean;
  intervals: Span[];
}

/** A port to ask about, as a flow has it. */
export interface Example extends Pick<Flow, "proto" | "port" | "standsFor"> {
  /** It stands for every port that no rule names. */
  isRest?: true;
}

/**
 * The ports of one endpoint in classes: ports that lie in the same spans of the rules share an answer, so one port of each class answers for
 * all 65,535, and for the other protocols.
 */
export class PortClasses {
  private readonly spans = new Map<number, Map<string, Span>>();
  /** Protocols of which some rule says something else than of the one before: SCTP than UDP, UDP than TCP. */
  private readonly unlike = new Set<number>();
  /** TCP is decided in another way than other protocols, although there is no proxy. */
  private isTcpApart = false;

  /** Adds the items of one list, which hold for the same peers. */
  addList(items: readonly MapItem[]): this {
    const texts = new Map<number, string[]>();
    for (const { protocol, port, endPort, precedence, origins } of items) {
      if (protocol === EVERY_PROTOCOL) continue;
      const span = { first: port, last: port === 0 ? LAST_PORT : Math.max(port, endPort) };
      const key = `${span.first}-${span.last}`;
      getOrMake(this.spans, protocol, () => new Map<string, Span>()).set(key, span);
      getOrMake(texts, protocol, (): string[] => []).push(`${key} ${precedence} ${origins.join()}`);
    }
    const text = (protocol: number) => texts.get(protocol)?.sort().join("\n") ?? "";
    if (text(udp) !== text(tcp)) this.unlike.add(udp);
    if (text(sctp) !== text(udp)) this.unlike.add(sctp);
    return this;
  }

  /** Adds that something decides about TCP alone, and about some of its ports for themselves. */
  addTcp(ports: readonly number[]): this {
    this.isTcpApart = true;
    const own = getOrMake(this.spans, tcp, () => new Map<string, Span>());
    for (const port of ports) own.set(`${port}-${port}`, { first: port, last: port });
    return this;
  }

  /** Adds the classes of others. */
  addAll(others: Iterable<PortClasses>): this {
    for (const { spans, unlike, isTcpApart } of others) {
      this.isTcpApart ||= isTcpApart;
      for (const [protocol, more] of spans) {
        const own = getOrMake(this.spans, protocol, () => new Map<string, Span>());
        for (const [key, span] of more) own.set(key, span);
      }
      for (const protocol of unlike) this.unlike.add(protocol);
    }
    return this;
  }

  /**
   * A port of each set that is not among `known`, if there is one, unless a known one stands for others already. One that stands for itself
   * does not say whether it opens alone or with all that are like it.
   *
   * @param mesh The proxy of the endpoint, which carries TCP elsewhere than other protocols.
   */
  examples(known: readonly Example[], mesh: EndpointMesh | undefined): Example[] {
    const meshed = mesh?.injected === true || this.isTcpApart;
    const sets = new Map(protocols.map((proto) => [proto, this.sets(proto)]));
    const isCarried = (proto: Protocol) => meshed && proto === "TCP";
    const isSpokenFor = (proto: Protocol, { intervals }: PortSet) =>
      known.some(
        (port) =>
          port.proto === proto &&
          port.standsFor !== undefined &&
          intervals.some((interval) => contains(interval, port.port)),
      );
    // The unnamed ports of the first of these stand for those of the others.
    const unnamed = protocols.filter(
      (proto) => !isCarried(proto) && sets.get(proto)?.some((set) => set.isUnnamed && !isSpokenFor(proto, set)),
    );
    // Sets of a protocol that an example speaks for: its own, or that of a protocol which is like it.
    const toldOf = new Map<Protocol, Set<string>>();
    return protocols.flatMap((proto, place) => {
      const told = new Set<string>();
      toldOf.set(proto, told);
      const toldBefore = this.isLikeAnother(proto, meshed) ? toldOf.get(protocols[place - 1] ?? proto) : undefined;
      const asked = known.filter((port) => port.proto === proto).map(({ port }) => port);
      const own = sets.get(proto) ?? [];
      return own.flatMap((set): Example[] => {
        const { key, isUnnamed, isRest, intervals } = set;
        const isShared = isUnnamed && !isCarried(proto);
        if (isShared && proto !== unnamed[0]) return [];
        if (!isShared && toldBefore?.has(key)) {
          told.add(key);
          return [];
        }
        if (isSpokenFor(proto, set)) return [];
        const free = intervals.flatMap((interval) => without(interval, asked));
        // All of them are asked about in this protocol. One that is like it speaks for itself then.
        if (free.length === 0) return [];
        told.add(key);
        const port = freePort(proto, free, isCarried(proto) ? mesh : undefined);
        const words = isRest ? restWords(proto, asked.length + own.length > 1) : spanWords(intervals);
        const others = isShared ? unnamed.slice(1) : this.likeIt(proto, meshed);
        const standsFor = others.length === 0 ? words : `${words ?? port}${othersWords(others)}`;
        return [{ proto, port, ...(standsFor !== undefined && { standsFor }), ...(isRest && { isRest }) }];
      });
    });
  }

  private isLikeAnother(proto: Protocol, meshed: boolean): boolean {
    if (proto === "UDP") return !meshed && !this.unlike.has(udp);
    return proto === "SCTP" && !this.unlike.has(sctp);
  }

  /** The protocols of which a named port of this one says all. */
  private likeIt(proto: Protocol, meshed: boolean): Protocol[] {
    const next = protocols[protocols.indexOf(proto) + 1];
    return next === undefined || !this.isLikeAnother(next, meshed) ? [] : [next, ...this.likeIt(next, meshed)];
  }

  /** The ports of a protocol (or the types of ICMP) in sets. */
  private sets(proto: Protocol): PortSet[] {
    const last = isIcmp(proto) ? LAST_TYPE : LAST_PORT;
    // In order, so that sets of two protocols have the same key whichever rule came first.
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

const contains = ({ first, last }: Span, port: number) => first <= port && port <= last;
/** What of a span lies between some ports. */
function without({ first, last }: Span, ports: readonly number[]): Span[] {
  const within = ports.filter((port) => first <= port && port <= last).sort((a, b) => a - b);
  const starts = [first, ...within.map((port) => port + 1)];
  return starts
    .map((start, index) => ({ first: start, last: (within[index] ?? last + 1) - 1 }))
    .filter(({ first: from, last: to }) => from <= to);
}

const isIcmp = (proto: Protocol) => proto.startsWith("ICMP");
const restWords = (proto: Protocol, isOther: boolean) =>
  `any ${isOther ? "other " : ""}${isIcmp(proto) ? "type" : "port"}`;

/** `any port or protocol`, `9000-9999, UDP and SCTP too` */
function othersWords(others: readonly Protocol[]): string {
  if (others.length === protocols.length - 1) return " or protocol";
  const names = others.filter((proto) => proto !== "ICMPv6" || !others.includes("ICMP"));
  return `, ${names.join(" and ")} too`;
}

/** Ports of one protocol from the first to the last; of ICMP types. Without them: all. */
export interface PortRange {
  proto: string;
  ports?: Span;
}

/** All that an example stands for, which its words say; undefined where that is any port and any protocol. */
export function rangesOf({ proto, port, standsFor }: Example): PortRange[] | undefined {
  if (standsFor === undefined) return [{ proto, ports: { first: port, last: port } }];
  if (standsFor.endsWith(" or protocol")) return undefined;
  const [, words = "", others = ""] = /^(.*?)(?:, (.*) too)?$/.exec(standsFor) ?? [];
  const protos = [proto, ...protocols.filter((other) => others.split(" and ").includes(other))];
  if (others.includes("ICMP")) protos.push(...protocols.filter((other) => isIcmp(other) && !protos.includes(other)));
  if (words.startsWith("any ")) return protos.map((one) => ({ proto: one }));
  const spans = words.split(" and ").flatMap((part): Span[] => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    return first === undefined ? [] : [{ first: Number(first), last: Number(last) }];
  });
  const ports = spans.length > 0 ? spans : [{ first: port, last: port }];
  return protos.flatMap((one) => ports.map((span) => ({ proto: one, ports: span })));
}

/** A ping stands for ICMP. Ports that Linkerd treats in a way of their own stand for none but themselves. */
function freePort(proto: Protocol, free: readonly Span[], mesh: EndpointMesh | undefined): number {
  const ping = proto === "ICMPv6" ? 128 : 8;
  const isGood = (port: number) => (isIcmp(proto) ? port === ping : !isSpecial(port, mesh));
  const port = free.map((span) => firstIn(span, isGood)).find((found) => found !== undefined);
  return port ?? free[0]?.first ?? 1;
}

/** `9000-9999`, `1-79 and 81-1023`; nothing to say where a port is alone. */
function spanWords(intervals: readonly Span[]): string | undefined {
  if (intervals.every(({ first, last }) => first === last) && intervals.length === 1) return undefined;
  return intervals.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(" and ");
}

function firstIn({ first, last }: Span, isGood: (port: number) => boolean): number | undefined {
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
