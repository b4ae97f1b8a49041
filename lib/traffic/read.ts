import { getOrMake } from "../common/maps";
import type { Problem } from "../common/problem";
import { inOrderOfTime, type Source, sourcesOf, unpackedBlocks, unreadable } from "./files";
import { Collector } from "./hubble/collector";
import { edgeOf } from "./hubble/counts";
import { type HubbleEvent, HubbleLines } from "./hubble/lines";
import { maxEventSize, Values } from "./hubble/values";
import { joinProxies } from "./join-proxies";
import { ownClusterOf } from "./own-cluster";
import type { Party } from "./party";
import { counted, observationOf, type ProxyObservation, podOfFile, workloadOfMetrics } from "./proxy/observation";
import {
  isMetricsText,
  namelessSeries,
  QueriedSeries,
  type QueryResult,
  type Series,
  seriesOfLine,
} from "./proxy/series";
import type { Loss, Traffic } from "./traffic";

/** A file that is one JSON document has to fit into memory. Loki and Prometheus return far less at once. */
const maxDocumentSize = 512 << 20;

/**
 * Reads recorded traffic: the output of `hubble observe -o jsonpb`, files of Hubble's exporter, answers of Loki and Prometheus, and the metrics of
 * proxies, compressed or not, in any mixture. Each file is read once. Never throws: what cannot be read is a problem with file and line.
 *
 * @param names Files, folders of them, `-` for standard input.
 */
export async function readTraffic(names: readonly string[]): Promise<Traffic> {
  const reader = new TrafficReader();
  const { sources, problems } = sourcesOf(names);
  reader.problems.push(...problems);
  for (const source of await inOrderOfTime(sources)) await reader.read(source);
  return reader.traffic();
}

/** Collects traffic from one source after another. */
export class TrafficReader {
  readonly problems: Problem[] = [];
  readonly collector = new Collector();
  /** Resolved once every flow is read, because flows tell who owns an address. */
  private readonly texts = new Map<string, { file: string; series: Map<string, Series> }>();
  private readonly queried = new QueriedSeries();
  /** Whether any source has proxies' counters. */
  private hasProxyCounters = false;

  /** @param wait How long a pipe may stay silent, in milliseconds. Default: a minute. */
  constructor(private readonly wait?: number) {}

  async read(source: Source): Promise<void> {
    try {
      await this.readBlocks(source);
    } catch (error) {
      this.problems.push(unreadable(source.name, error));
    }
  }

  /** Reads a decoded event of Hubble. */
  readEvent(event: HubbleEvent, name: string): void {
    new HubbleLines(this.collector, name, (problem) => this.problems.push(problem)).event(event, 0);
  }

  /** Reads an answer of Loki or Prometheus. Returns false if it is neither. */
  readAnswer(value: QueryResult, file: string): boolean {
    const { resultType, result } = value.data ?? {};
    if (resultType === "streams" && Array.isArray(result)) {
      const lines = new HubbleLines(this.collector, file, (problem) => this.problems.push(problem));
      const values = result.flatMap(({ values = [] }: { values?: [string, string][] }) => values);
      // Loki returns the newest first.
      values.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
      for (const [index, [, line]] of values.entries())
        lines.line(Buffer.from(line, "utf8").toString("latin1"), index + 1);
      return true;
    }
    if (resultType !== "matrix" && resultType !== "vector") return false;
    this.queried.add(value);
    this.hasProxyCounters = true;
    this.collector.passOver({ reason: "nameless series" }, namelessSeries(value));
    if (value.isPartial === true) this.collector.passOver({ reason: "not whole", detail: "it is partial" });
    if (Array.isArray(value.warnings))
      for (const warning of value.warnings) this.collector.passOver({ reason: "not whole", detail: String(warning) });
    return true;
  }

  traffic(): Traffic {
    const { collector } = this;
    const own = ownClusterOf(collector.edges);
    if (own !== undefined) collector.parties.nameClusters(own);
    const ownerOf = ({ labels }: Series) => collector.addresses.ownerOf(labels.target_ip ?? "");
    const observed = (one: Series, workload: Party | undefined): ProxyObservation[] => {
      const made = observationOf(one, workload, collector.parties);
      return made === undefined ? [] : [made];
    };
    const byPrometheus = [...this.queried].flatMap((one) => observed(one, ownerOf(one)));
    const byTexts = [...this.texts.values()].flatMap(({ file, series }) => {
      const all = [...series.values()];
      const workload = workloadOfMetrics(all, file, collector.parties, collector.addresses);
      return all.flatMap((one) => observed(one, workload ?? ownerOf(one)));
    });
    const observations = counted(byPrometheus, byTexts);
    const { parties, addresses } = collector;
    // A later line may reveal whose an earlier address was, or that it belongs to the pod network.
    collector.edges.reassign((party, { first, last }) => {
      if (party.ip === undefined || (party.kind !== "address" && party.kind !== "gone")) return party;
      const owner = addresses.ownerBetween(party.ip, first, last);
      return owner ?? (addresses.isPodNetwork(party.ip) ? parties.gone(party.ip) : party);
    });
    const seen = [...collector.edges].map(edgeOf);
    const edges = joinProxies(seen, observations, parties);
    const { first, last } = spanOf(
      edges
        .flatMap((edge) => [edge.first, edge.last])
        .concat(collector.first && `${collector.first}Z`, collector.last && `${collector.last}Z`),
    );
    return {
      edges,
      flows: collector.flows,
      ...(first !== undefined && { first }),
      ...(last !== undefined && { last }),
      hours: collector.hours,
      lost: bySource(collector.lost),
      passedOver: collector.passedOver,
      policyChanges: [...collector.policyChanges].map(([name, at]) => ({ name, at })),
      proxies: this.hasProxyCounters,
      problems: this.problems,
    };
  }

  private async readBlocks(source: Source): Promise<void> {
    const { name, found } = source;
    const blocks = unpackedBlocks(source, this.wait);
    const first = await blocks.next();
    if (first.done === true) {
      if (!found) this.problems.push({ code: "not-traffic", file: name, message: "is empty" });
      return;
    }
    const head = first.value.toString("latin1", 0, 65_536).trimStart();
    const kind = kindOf(head);
    if (kind === "other" && found) return void (await blocks.return(undefined));
    if (kind === "document") return this.readDocument(source, await readWhole(first.value, blocks, name));
    const series: Series[] = [];
    const lines = new HubbleLines(this.collector, name, (problem) => this.problems.push(problem));
    if (kind === "metrics")
      await eachLine(first.value, blocks, (bytes, start, end) => {
        const one = seriesOfLine(bytes.toString("latin1", start, end));
        if (one !== undefined) series.push(one);
      });
    else if (kind === "objects")
      await eachObject(first.value, blocks, (object, line, isLast) => void lines.line(object, line, isLast));
    else await eachLine(first.value, blocks, lines.lineAt.bind(lines));
    if (kind === "metrics") this.addText(name, series);
    else if (!found && lines.events + lines.unreadable === 0) this.reportNotTraffic(name);
  }

  /** Adds a proxy's metrics. If a pod's counters were read several times, the largest values count, because counters only grow. */
  private addText(file: string, series: readonly Series[]): void {
    this.hasProxyCounters = true;
    const text = getOrMake(this.texts, podOfFile(file) ?? file, () => ({ file, series: new Map<string, Series>() }));
    for (const one of series) {
      const key = JSON.stringify([one.metric, one.labels]);
      const known = text.series.get(key);
      if (known === undefined || known.count < one.count) text.series.set(key, one);
    }
  }

  /** Reads an answer. Returns false if the document does not have the shape of one. */
  private isAnswer(value: QueryResult, name: string): boolean {
    try {
      return this.readAnswer(value, name);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return false;
      throw error;
    }
  }

  private readDocument({ name, found }: Source, text: string): void {
    let value: QueryResult;
    try {
      value = JSON.parse(text);
    } catch {
      this.problems.push({ code: "not-traffic", file: name, message: "is not JSON" });
      return;
    }
    if (!this.isAnswer(value, name) && !found) this.reportNotTraffic(name);
  }

  private reportNotTraffic(file: string): void {
    this.problems.push({
      code: "not-traffic",
      file,
      message: "is not recorded traffic",
      fix: "give what `hubble observe -o jsonpb` prints, an exporter's file, an answer of Loki or Prometheus, or the metrics of a proxy",
    });
  }
}

type Kind = "lines" | "objects" | "document" | "metrics" | "other";

function kindOf(head: string): Kind {
  if (/"resultType"/.test(head.slice(0, 2000))) return "document";
  const isHubbles =
    /"(flow|agent_?[eE]vent|lost_?[eE]vents|node_?[sS]tatus|debug_?[eE]vent)"\s*:/.test(head) ||
    /\\"flow\\"/.test(head) ||
    /^[[{][^{]*"verdict":[\s\S]*"IP":/.test(head);
  if (isHubbles) return /^(\[|\{\s*\n)/.test(head) ? "objects" : "lines";
  if (isMetricsText(head)) return "metrics";
  return "other";
}

async function readWhole(first: Buffer, rest: AsyncIterable<Buffer>, name: string): Promise<string> {
  const blocks = [first];
  let size = first.length;
  for await (const block of rest) {
    size += block.length;
    if (size > maxDocumentSize) throw new Error(`${name} is larger than 512 MB. Query a shorter time at once`);
    blocks.push(block);
  }
  return Buffer.concat(blocks).toString("utf8");
}

const NEWLINE = 0x0a;

/** Calls `take` with each line as bytes, from `start` to `end`, because most lines are not decoded at all. */
async function eachLine(
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  take: (bytes: Buffer, start: number, end: number, number: number, isLast: boolean) => void,
): Promise<void> {
  let number = 0;
  /** The parts of an unfinished line from earlier blocks. */
  let open: Buffer[] = [];
  let length = 0;
  const eat = (block: Buffer) => {
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
      number++;
      if (length === 0) take(block, start, end, number, false);
      else {
        const line = Buffer.concat([...open, block.subarray(start, end)]);
        take(line, 0, line.length, number, false);
        open = [];
        length = 0;
      }
      start = end + 1;
    }
    if (start === block.length) return;
    open.push(block.subarray(start));
    length += block.length - start;
    if (length > maxEventSize)
      throw new Error(`line ${number + 1} is longer than ${maxEventSize >> 20} MiB, so it is not recorded traffic`);
  };
  eat(first);
  for await (const block of rest) eat(block);
  const line = Buffer.concat(open);
  if (line.length > 0) take(line, 0, line.length, number + 1, true);
}

/** Calls `take` with each object, which may span several lines or be in a list. */
async function eachObject(
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  take: (object: string, line: number, isLast: boolean) => void,
): Promise<void> {
  const values = new Values(take);
  values.add(first.toString("latin1"));
  for await (const block of rest) values.add(block.toString("latin1"));
  values.end();
}

function spanOf(times: readonly (string | undefined)[]): { first?: string; last?: string } {
  let first: string | undefined;
  let last: string | undefined;
  for (const time of times) {
    if (time === undefined || time === "") continue;
    if (first === undefined || time < first) first = time;
    if (last === undefined || time > last) last = time;
  }
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
}

function bySource(losses: readonly Loss[]): Loss[] {
  const sums = new Map<string, Loss>();
  for (const { source, events, first, last } of losses) {
    const sum = sums.get(source);
    const span = spanOf([sum?.first, sum?.last, first, last]);
    sums.set(source, { source, events: (sum?.events ?? 0) + events, ...span });
  }
  return [...sums.values()];
}
