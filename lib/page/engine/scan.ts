import { present } from "../../common/maps";
import { portWords } from "../../reachability/words";
import { Code, groupOf, type Kind, type Side } from "./side";

/** The numbers of flows from one group of endpoints to another, by verdict. */
export interface Counts {
  allowed: number;
  denied: number;
  unknown: number;
  plain: number;
}

/** The counts of all flows, by the groups of both ends. */
export interface Overview {
  groups: readonly string[];
  /** The counts by `from * groups.length + to`. */
  cells: readonly (Counts | undefined)[];
  total: Counts;
  /** How many endpoints have been scanned. */
  asked: number;
  isWhole: boolean;
}

/** An arrow from group to group: the flows that policies allow, without those that are open to all. */
export interface GroupEdge {
  from: number;
  to: number;
  count: number;
  ports: Set<string>;
  plain: boolean;
  unknown: boolean;
}

const nothing = (): Counts => ({ allowed: 0, denied: 0, unknown: 0, plain: 0 });

/** Counts all flows of a side once, endpoint by endpoint. */
export class Scan {
  readonly groups: readonly string[];
  readonly edges = new Map<number, GroupEdge>();
  /** Groups with an endpoint that no policy guards. */
  readonly open = new Set<number>();
  private readonly groupAt: Int32Array;
  private readonly cells: (Counts | undefined)[] = [];
  private readonly total = nothing();
  private next = 0;

  constructor(private readonly side: Side) {
    this.groups = [...new Set(side.endpoints.map(groupOf))];
    const numbers = new Map(this.groups.map((group, number) => [group, number]));
    this.groupAt = Int32Array.from(side.endpoints, (endpoint) =>
      present(numbers.get(groupOf(endpoint)), `the group of ${endpoint.id}`),
    );
  }

  get isDone(): boolean {
    return this.next >= this.side.endpoints.length;
  }

  /** Scans one more endpoint. */
  step(): void {
    const target = this.next++;
    const to = present(this.groupAt[target], `the group of endpoint ${target}`);
    for (const port of this.side.ports(target)) {
      const { kinds, kindOf } = port;
      const { length } = this.groups;
      const counts = new Int32Array(kinds.length * length);
      for (let source = 0; source < kindOf.length; source++) {
        const kind = present(kindOf[source], `the answer for endpoint ${source}`);
        const at = kind * length + present(this.groupAt[source], `the group of endpoint ${source}`);
        counts[at] = (counts[at] ?? 0) + 1;
      }
      for (const [number, kind] of kinds.entries()) {
        if (kind.code === Code.None) continue;
        for (let from = 0; from < length; from++) {
          const count = counts[number * length + from] ?? 0;
          if (count === 0) continue;
          const at = from * length + to;
          this.cells[at] ??= nothing();
          addTo(this.cells[at], kind, count);
          addTo(this.total, kind, count);
          if (kind.code !== Code.Denied && !kind.own) this.draw(from, to, kind, count, portWords(port));
        }
      }
    }
  }

  overview(): Overview {
    return {
      groups: this.groups,
      cells: [...this.cells],
      total: { ...this.total },
      asked: this.next,
      isWhole: this.isDone,
    };
  }

  private draw(from: number, to: number, kind: Kind, count: number, port: string): void {
    if (kind.open) {
      this.open.add(to);
      return;
    }
    if (from === to) return;
    const at = from * this.groups.length + to;
    const edge = this.edges.get(at) ?? { from, to, count: 0, ports: new Set<string>(), plain: false, unknown: false };
    edge.count += count;
    if (edge.ports.size < 8) edge.ports.add(port);
    edge.plain ||= kind.plain;
    edge.unknown ||= kind.code === Code.Unknown;
    this.edges.set(at, edge);
  }
}

/** The counts of flows from one endpoint to each group. */
export function countsOfSource(side: Side, groups: readonly string[], source: number): (Counts | undefined)[] {
  const numbers = new Map(groups.map((group, number) => [group, number]));
  const counts: (Counts | undefined)[] = [];
  for (const { place, kind } of side.fromSource(source)) {
    const endpoint = side.endpoints[place];
    if (endpoint === undefined || kind.code === Code.None) continue;
    const to = present(numbers.get(groupOf(endpoint)), `the group of ${endpoint.id}`);
    counts[to] ??= nothing();
    addTo(counts[to], kind, 1);
  }
  return counts;
}

function addTo(counts: Counts, { code, plain }: Kind, count: number): void {
  if (code === Code.Allowed) counts.allowed += count;
  else if (code === Code.Denied) counts.denied += count;
  else counts.unknown += count;
  if (plain) counts.plain += count;
}
