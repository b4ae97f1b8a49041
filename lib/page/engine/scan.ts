import { Code, groupOf, type Kind, type Side } from "./side";

/** How many flows from one group of endpoints to another become what. */
export interface Counts {
  allowed: number;
  denied: number;
  unknown: number;
  plain: number;
}

/** Everything counted, by the groups of both ends. */
export interface Overview {
  groups: readonly string[];
  /** `from * groups.length + to` */
  cells: readonly (Counts | undefined)[];
  total: Counts;
}

const nothing = (): Counts => ({ allowed: 0, denied: 0, unknown: 0, plain: 0 });

/** What one endpoint gets of each group. */
export function countsOfSource(side: Side, source: number): (Counts | undefined)[] {
  const numbers = new Map([...new Set(side.endpoints.map(groupOf))].map((group, number) => [group, number]));
  const counts: (Counts | undefined)[] = [];
  for (const [place, endpoint] of side.endpoints.entries()) {
    const to = numbers.get(groupOf(endpoint)) ?? 0;
    for (const { kinds, kindOf } of side.target(place).ports) {
      const kind = kinds[kindOf[source] ?? 0];
      if (kind === undefined || kind.code === Code.None) continue;
      counts[to] ??= nothing();
      addTo(counts[to], kind);
    }
  }
  return counts;
}

function addTo(counts: Counts, { code, plain }: Kind): void {
  if (code === Code.Allowed) counts.allowed++;
  else if (code === Code.Denied) counts.denied++;
  else counts.unknown++;
  if (plain) counts.plain++;
}

/** Counts all flows of a side. Yields after each target, so that whoever runs it may do something else in between. */
export function* overview(side: Side): Generator<void, Overview> {
  const groups = [...new Set(side.endpoints.map(groupOf))];
  const numbers = new Map(groups.map((group, number) => [group, number]));
  const groupAt = Int32Array.from(side.endpoints, (endpoint) => numbers.get(groupOf(endpoint)) ?? 0);
  const cells: (Counts | undefined)[] = [];
  const total = nothing();
  for (const place of side.endpoints.keys()) {
    const to = groupAt[place] ?? 0;
    for (const { kinds, kindOf } of side.target(place).ports) {
      for (let source = 0; source < kindOf.length; source++) {
        const kind = kinds[kindOf[source] ?? 0];
        if (kind === undefined || kind.code === Code.None) continue;
        const at = (groupAt[source] ?? 0) * groups.length + to;
        cells[at] ??= nothing();
        addTo(cells[at], kind);
        addTo(total, kind);
      }
    }
    yield;
  }
  return { groups, cells, total };
}
