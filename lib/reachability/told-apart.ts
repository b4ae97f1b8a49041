import { DEFAULT_OPAQUE_PORTS, DEFAULT_SKIPPED_PORTS, INBOUND_PORT, META_PORTS } from "../mesh/wire";
import type { MapItem } from "./lookup";
import { getOrMake } from "./maps";
import { EVERY_PROTOCOL, PROTOCOL_NUMBERS } from "./ports";
import type { EndpointMesh, Flow } from "./scenario";

const LAST_PORT = 65_535;
const LAST_TYPE = 255;
const protocols = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"] as const;
type Protocol = (typeof protocols)[number];
const numberOf = (protocol: string) => PROTOCOL_NUMBERS.get(protocol.toLowerCase()) ?? -1;
const [tcp, udp, sctp] = [numberOf("TCP"), numberOf("UDP"), numberOf("SCTP")];

interface Span {
  first: number;
  last: number;
}

/** Ports that are in the same spans. */
interface PortSet {
  /** In no span at all, not even in one of all ports: then other protocols' ports may be like them. */
  isUnnamed: boolean;
  /** In none but spans of all ports. */
  isRest: boolean;
  intervals: Span[];
}

/** A port to ask about, as a flow has it. */
export type Example = Pick<Flow, "proto" | "port" | "standsFor">;

/**
 * Which ports of one endpoint some rules tell apart. Those in the same spans are answered alike, so that one of each set says everything
 * about all 65,535, and of the other protocols.
 */
export class ToldApart {
  private readonly spans = new Map<number, Map<string, Span>>();
  /** Protocols of which some rule says something else than of the one before: SCTP than UDP, UDP than TCP. */
  private readonly unlike = new Set<number>();

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

  /** Adds what others tell apart. */
  addAll(others: Iterable<ToldApart>): this {
    for (const { spans, unlike } of others) {
      for (const [protocol, more] of spans) {
        const own = getOrMake(this.spans, protocol, () => new Map<string, Span>());
        for (const [key, span] of more) own.set(key, span);
      }
      for (const protocol of unlike) this.unlike.add(protocol);
    }
    return this;
  }

  /**
   * A port of each set in which none of `known` is, the largest first.
   *
   * @param mesh The proxy of the endpoint, which carries TCP elsewhere than other protocols.
   */
  examples(known: readonly Pick<Flow, "proto" | "port">[], mesh: EndpointMesh | undefined): Example[] {
    const meshed = mesh?.injected === true;
    const found: { example: Example; size: number }[] = [];
    let isUnnamedAsked = false;
    for (const proto of protocols) {
      const asked = known.filter((port) => port.proto === proto).map(({ port }) => port);
      const isCarried = meshed && proto === "TCP";
      const sets = this.sets(proto);
      for (const { isUnnamed, isRest, intervals } of sets) {
        const isShared = isUnnamed && !isCarried;
        if (isShared ? isUnnamedAsked : this.isLikeAnother(proto, meshed)) continue;
        if (isShared) isUnnamedAsked = true;
        if (asked.some((port) => intervals.some((interval) => contains(interval, port)))) continue;
        const words = isRest ? restWords(proto, asked.length + sets.length > 1) : undefined;
        const size = intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
        found.push({ example: exampleOf(proto, intervals, { words, mesh: isCarried ? mesh : undefined }), size });
      }
    }
    return found.sort((a, b) => b.size - a.size).map(({ example }) => example);
  }

  private isLikeAnother(proto: Protocol, meshed: boolean): boolean {
    if (proto === "UDP") return !meshed && !this.unlike.has(udp);
    return proto === "SCTP" && !this.unlike.has(sctp);
  }

  /** The ports of a protocol (or the types of ICMP) in sets. */
  private sets(proto: Protocol): PortSet[] {
    const last = isIcmp(proto) ? LAST_TYPE : LAST_PORT;
    const spans = [...(this.spans.get(numberOf(proto))?.values() ?? [])];
    const starts = [...new Set([1, ...spans.flatMap((span) => [span.first, span.last + 1])])]
      .filter((start) => start > 0 && start <= last)
      .sort((a, b) => a - b);
    const sets = new Map<string, PortSet>();
    for (const [index, first] of starts.entries()) {
      const around = spans.filter((span) => contains(span, first));
      const key = around.map((span) => `${span.first}-${span.last}`).join();
      const set = getOrMake(sets, key, () => ({
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
const isIcmp = (proto: Protocol) => proto.startsWith("ICMP");
const restWords = (proto: Protocol, isOther: boolean) =>
  `any ${isOther ? "other " : ""}${isIcmp(proto) ? "type" : "port"}`;

/** A ping stands for ICMP. Ports that Linkerd treats in a way of their own stand for none but themselves. */
function exampleOf(
  proto: Protocol,
  intervals: readonly Span[],
  { words, mesh }: { words: string | undefined; mesh: EndpointMesh | undefined },
): Example {
  const [interval = { first: 1, last: 1 }] = intervals;
  const ping = proto === "ICMPv6" ? 128 : 8;
  const isGood = (port: number) => (isIcmp(proto) ? port === ping : !isSpecial(port, mesh));
  const port = intervals.map((candidate) => firstIn(candidate, isGood)).find((found) => found !== undefined);
  const within = intervals.find((candidate) => port !== undefined && contains(candidate, port)) ?? interval;
  const standsFor = words ?? (within.first === within.last ? undefined : `${within.first}-${within.last}`);
  return { proto, port: port ?? interval.first, ...(standsFor !== undefined && { standsFor }) };
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
