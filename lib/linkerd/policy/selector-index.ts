import { type Selector, selects } from "../api/selector";

/**
 * Finds the items whose selectors select given labels. A selector that requires a label is tried only against labels that contain it, so that each
 * of a thousand workloads is compared with a few Servers instead of all.
 */
export class SelectorIndex<T> {
  private readonly byLabel = new Map<string, [T, Selector][]>();
  private readonly others: [T, Selector][] = [];

  constructor(entries: readonly (readonly [T, Selector])[]) {
    const uses = new Map<string, number>();
    for (const [, selector] of entries) {
      for (const key of keys(selector.matchLabels)) uses.set(key, (uses.get(key) ?? 0) + 1);
    }
    for (const [item, selector] of entries) {
      const rarest = keys(selector.matchLabels).sort((a, b) => (uses.get(a) ?? 0) - (uses.get(b) ?? 0))[0];
      if (rarest === undefined) this.others.push([item, selector]);
      else append(this.byLabel, rarest, [item, selector]);
    }
  }

  selecting(labels: ReadonlyMap<string, string>): T[] {
    const candidates = keys(labels).flatMap((key) => this.byLabel.get(key) ?? []);
    return [...candidates, ...this.others].filter(([, selector]) => selects(selector, labels)).map(([item]) => item);
  }
}

function keys(labels: ReadonlyMap<string, string> | undefined): string[] {
  return [...(labels ?? [])].map(([key, value]) => `${key}\0${value}`);
}

/** Appends to the list under a key. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
