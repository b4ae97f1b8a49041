import { type Flow, flat, type KnownEnds, START, UUID, withoutZone } from "./flow";

/** A line without what differs between the flows of one connection: its time, its uuid and its ports. */
interface Form {
  /** From behind the uuid to the source port; without ports, to the time at the end. */
  head: Buffer;
  /** From behind the destination port to the time at the end. Absent where the line has no ports. */
  rest?: Buffer;
  flow: Flow;
}

/** How many forms are kept, of some 2,200 bytes each. A node with a hundred pods has about a thousand. */
const maxForms = 8192;
/** How many forms with the same key are kept. */
const maxFormsPerKey = 16;
/** How a line's text is sampled: before the ports, where the hardware addresses and the IP addresses stand. */
const SAMPLES = { first: 20, step: 7, count: 16 };
const [FLOW, ID, LAYER_4, SOURCE_PORT, DESTINATION_PORT, TIME] = [
  START,
  UUID,
  '"l4":{"',
  '"source_port":',
  ',"destination_port":',
  '"time":"',
].map((text) => Buffer.from(text, "latin1")) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
const [QUOTE, CLOSING, ZERO, NINE] = [0x22, 0x7d, 0x30, 0x39];

/**
 * Reads lines that repeat an earlier one but for time, uuid and ports, as nearly all do, without decoding them: comparing bytes is much cheaper than
 * searching a text.
 */
export class LineForms {
  private readonly forms = new Map<number, Form[]>();
  private count = 0;

  /** The flow of a line with a {@link remember}ed form. Undefined if it must be decoded. */
  flowAt(bytes: Buffer, start: number, end: number): Flow | undefined {
    const place = placeOf(bytes, start, end);
    if (place === undefined) return undefined;
    const { begin, stop } = place;
    for (const { head, rest, flow } of this.forms.get(place.key) ?? []) {
      const behindHead = begin + head.length;
      if (behindHead > stop || bytes.compare(head, 0, head.length, begin, behindHead) !== 0) continue;
      let [sourcePort, port] = [0, flow.port];
      if (rest !== undefined) {
        const between = behindDigits(bytes, behindHead);
        const number = between + DESTINATION_PORT.length;
        const behind = behindDigits(bytes, number);
        if (between === behindHead || behind === number || !isAt(bytes, DESTINATION_PORT, between)) continue;
        if (behind + rest.length !== stop || bytes.compare(rest, 0, rest.length, behind, stop) !== 0) continue;
        sourcePort = numberIn(bytes, behindHead, between);
        port = numberIn(bytes, number, behind);
      } else if (behindHead !== stop) continue;
      return {
        ...flow,
        time: withoutZone(bytes.toString("latin1", start + FLOW.length, place.timeEnd)),
        uuid: bytes.toString("latin1", place.timeEnd + ID.length, begin),
        sourcePort,
        port,
      };
    }
    return undefined;
  }

  /** Remembers the form of a line, once its ends are known, so that their text is kept once. */
  remember(bytes: Buffer, start: number, end: number, flow: Flow, known: KnownEnds): void {
    const { ends, from, to, protocol } = flow;
    if (typeof ends !== "string" || known(from, to) !== ends) return;
    const place = placeOf(bytes, start, end);
    if (place === undefined) return;
    if (this.count >= maxForms) {
      this.forms.clear();
      this.count = 0;
    }
    const sameKey = this.forms.get(place.key) ?? [];
    if (sameKey.length >= maxFormsPerKey) return;
    const form = protocol.startsWith("ICMP") ? withoutPorts(bytes, place, flow) : withPorts(bytes, place, flow);
    if (form === undefined) return;
    this.forms.set(place.key, [...sameKey, form]);
    this.count++;
  }
}

interface Place {
  key: number;
  /** Behind the time at the beginning. */
  timeEnd: number;
  /** Behind the uuid. */
  begin: number;
  layer4: number;
  /** Behind `"time":"` at the end. */
  stop: number;
}

/** Where the parts of a complete line are: the time at its beginning, the uuid, and the same time at its end. */
function placeOf(bytes: Buffer, start: number, end: number): Place | undefined {
  if (!isAt(bytes, FLOW, start)) return undefined;
  const timeStart = start + FLOW.length;
  const timeEnd = quoteAfter(bytes, timeStart);
  const uuid = timeEnd + ID.length;
  if (!isAt(bytes, ID, timeEnd)) return undefined;
  const begin = quoteAfter(bytes, uuid);
  const stop = end - (timeEnd - timeStart) - 2;
  if (stop < begin || bytes[end - 1] !== CLOSING || bytes[end - 2] !== QUOTE) return undefined;
  if (!isAt(bytes, TIME, stop - TIME.length)) return undefined;
  for (let at = 0; at < timeEnd - timeStart; at++) if (bytes[timeStart + at] !== bytes[stop + at]) return undefined;
  let layer4 = begin;
  while (layer4 < stop && !(bytes[layer4 + 1] === 0x6c && isAt(bytes, LAYER_4, layer4))) layer4++;
  if (layer4 >= stop) return undefined;
  let key = stop - begin;
  for (let sample = 0; sample < SAMPLES.count; sample++)
    key = (Math.imul(key, 31) + (bytes[layer4 - SAMPLES.first - sample * SAMPLES.step] ?? 0)) | 0;
  return { key, timeEnd, begin, layer4, stop };
}

function withPorts(bytes: Buffer, { begin, layer4, stop }: Place, flow: Flow): Form | undefined {
  const sourcePort = bytes.indexOf(SOURCE_PORT, layer4) + SOURCE_PORT.length;
  const between = behindDigits(bytes, sourcePort);
  const port = between + DESTINATION_PORT.length;
  const behind = behindDigits(bytes, port);
  if (behind > stop || !isAt(bytes, DESTINATION_PORT, between)) return undefined;
  if (numberIn(bytes, sourcePort, between) !== flow.sourcePort || numberIn(bytes, port, behind) !== flow.port)
    return undefined;
  // Copied: a part of the block would keep all of it alive.
  return {
    head: Buffer.from(bytes.subarray(begin, sourcePort)),
    rest: Buffer.from(bytes.subarray(behind, stop)),
    flow: copied(flow),
  };
}

const withoutPorts = (bytes: Buffer, { begin, stop }: Place, flow: Flow): Form => ({
  head: Buffer.from(bytes.subarray(begin, stop)),
  flow: copied(flow),
});

function isAt(bytes: Buffer, text: Buffer, at: number): boolean {
  for (let place = 0; place < text.length; place++) if (bytes[at + place] !== text[place]) return false;
  return true;
}

function quoteAfter(bytes: Buffer, at: number): number {
  let place = at;
  while (place < bytes.length && bytes[place] !== QUOTE) place++;
  return place;
}

function behindDigits(bytes: Buffer, at: number): number {
  let place = at;
  for (let byte = bytes[place] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[place] ?? 0) place++;
  return place;
}

function numberIn(bytes: Buffer, from: number, until: number): number {
  let value = 0;
  for (let place = from; place < until; place++) value = value * 10 + (bytes[place] ?? 0) - ZERO;
  return value;
}

function copied(flow: Flow): Flow {
  const { verdict, point, reason, protocol, from, to, sourceNames, destinationNames } = flow;
  return {
    ...flow,
    time: "",
    uuid: "",
    verdict: flat(verdict),
    point: flat(point),
    reason: flat(reason),
    protocol: flat(protocol),
    from: flat(from),
    to: flat(to),
    pair: flat(`${from} ${to}`),
    ...(sourceNames && { sourceNames: sourceNames.map(flat) }),
    ...(destinationNames && { destinationNames: destinationNames.map(flat) }),
  };
}
