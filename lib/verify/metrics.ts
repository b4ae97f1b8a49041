/** One line of Prometheus' text format. */
export interface Sample {
  name: string;
  labels: { readonly [label: string]: string };
  value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), as far as a proxy writes it. Skips
 * comments, time stamps and lines that are not samples.
 */
export function readMetrics(text: string, wanted: ReadonlySet<string>): Sample[] {
  const samples: Sample[] = [];
  for (const row of text.split("\n")) {
    const name = row.slice(0, row.search(/[{ ]/));
    if (!wanted.has(name)) continue;
    const found = line.exec(row);
    const value = Number(found?.[3]);
    if (found === null || Number.isNaN(value)) continue;
    const labels: { [label: string]: string } = {};
    for (const [, key = "", quoted = ""] of (found[2] ?? "").matchAll(label)) labels[key] = unquoted(quoted);
    samples.push({ name, labels, value });
  }
  return samples;
}

function unquoted(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}

/** The increase of counters between two readings. A counter that fell belongs to a proxy that restarted. */
export function increase(before: readonly Sample[], after: readonly Sample[]): Sample[] {
  const earlier = new Map(before.map((sample) => [keyOf(sample), sample.value]));
  return after.flatMap((sample) => {
    const was = earlier.get(keyOf(sample)) ?? 0;
    const value = sample.value < was ? sample.value : sample.value - was;
    return value === 0 ? [] : [{ ...sample, value }];
  });
}

function keyOf({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)))}`;
}

export function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}
