import type { MapEntry, MapItem } from "./map-item";
import type { TierRange } from "./tiers";

/** A rule that passes, at one key of the policy map. */
interface Pass extends TierRange {
  precedence: number;
}

/** A key of the policy map: how much of protocol and port it fixes, and whether it is for the peer itself or for its aggregate. */
interface Key {
  level: number;
  isExact: boolean;
}

interface Cell {
  key: Key;
  entry: MapEntry | undefined;
  passes: readonly Pass[];
}

/** An item that allows or denies. */
type Ruling = MapEntry & { range: TierRange };

const DENY = 255;

/**
 * The keys of a subject's policy map that cover one flow, for subjects with rules that pass. A rule of a lower tier is lifted to right behind the
 * rule that passes to it; if the passing rule covers less, it is lifted only for that part. This follows `insertWithPasses` in
 * `pkg/policy/mapstate.go` step by step, but only for the keys that cover the flow, because no others affect them.
 */
export class PassedMap {
  private readonly cells = new Map<number, Cell>();

  /** Inserts an item. Items of higher tiers must come first. */
  insert(item: MapItem, key: Key): void {
    if (this.repeatsAggregate(item, key)) return;
    if (item.passes) this.insertPass({ precedence: item.precedence, ...item.range }, key);
    else this.insertRuling(item, key);
  }

  /** The most specific entry for the peer itself, or for its aggregate. */
  mostSpecific(isExact: boolean): { entry: MapEntry; level: number } | undefined {
    let found: { entry: MapEntry; level: number } | undefined;
    for (const { key, entry } of this.cells.values()) {
      if (entry === undefined || key.isExact !== isExact) continue;
      if (found === undefined || key.level > found.level) found = { entry, level: key.level };
    }
    return found;
  }

  private repeatsAggregate(item: MapItem, key: Key): boolean {
    const aggregate = key.isExact ? this.cells.get(placeOf({ ...key, isExact: false })) : undefined;
    if (aggregate === undefined) return false;
    const pass: Pass = { precedence: item.precedence, ...item.range };
    return item.passes ? isEquivalent(aggregate, undefined, [pass]) : isEquivalent(aggregate, item, []);
  }

  private insertPass(pass: Pass, key: Key): void {
    for (const { entry, passes } of this.covering(key)) {
      if (entry !== undefined && entry.precedence <= pass.highest + DENY && entry.precedence > pass.precedence) return;
      if (passes.some((other) => other.lowest === pass.lowest && other.precedence >= pass.precedence)) return;
    }
    for (const cell of this.covered(key)) this.prune(cell, key, undefined, [pass], pass.precedence);
    const present = this.cells.get(placeOf(key));
    this.set({ key, entry: present?.entry, passes: collected(present?.passes ?? [], pass) });
  }

  private insertRuling(ruling: Ruling, key: Key): void {
    const highest = ruling.range.highest + DENY;
    const seen = this.inspect(key, ruling, highest);
    if (seen === undefined) return;
    const done = new Set(seen.done);
    const queue: Key[] = [];
    const add = (other: Key) => {
      if (done.has(placeOf(other))) return;
      done.add(placeOf(other));
      queue.push(other);
    };
    if (seen.hasNarrower) add({ ...key, isExact: true });
    let isBarred = seen.bar > 0;
    for (const cell of this.atOrBelow(key)) {
      if (!isBarred && (!key.isExact || cell.key.isExact)) this.prune(cell, key, ruling, [], ruling.precedence);
      const narrower = { level: cell.key.level, isExact: cell.key.isExact || key.isExact };
      if (placeOf(narrower) === placeOf(key)) continue;
      if (cell.passes.some(({ precedence }) => precedence > highest)) add(narrower);
    }
    if (this.lift(key, ruling, seen)) isBarred = true;
    if (!isBarred) this.add(key, ruling);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const passed = this.inspect(next, ruling, highest, true);
      if (passed === undefined) continue;
      for (const place of passed.done) done.add(place);
      if (passed.hasNarrower) add({ ...next, isExact: true });
      this.lift(next, ruling, passed, true);
    }
  }

  /**
   * What affects a ruling at or above its key: the passes to it from higher tiers, and the highest precedence that bars it.
   *
   * @param isNarrowed Whether the key was made for a pass. What bars the ruling in its own tier has then barred it already.
   * @returns undefined if another item of its own tier decides
   */
  private inspect(key: Key, ruling: Ruling, highest: number, isNarrowed = false) {
    let passes: readonly Pass[] = [];
    let bar = 0;
    let hasNarrower = false;
    const done: number[] = [];
    for (const { key: at, entry, passes: there } of this.atOrAbove(key)) {
      const isCovering = key.isExact || !at.isExact;
      for (const pass of there) {
        if (pass.lowest > ruling.precedence) {
          if (!isCovering) {
            hasNarrower = true;
            break;
          }
          passes = collected(passes, pass);
        } else if (!isNarrowed && isCovering && pass.precedence > ruling.precedence) return undefined;
      }
      const isOther = placeOf(at) !== placeOf(key);
      const bars =
        entry !== undefined &&
        (entry.precedence > ruling.precedence || (ruling.deny && entry.precedence === ruling.precedence && isOther));
      if (!bars) continue;
      if (!isCovering) {
        if (entry.precedence <= highest) done.push(placeOf({ ...key, isExact: true }));
      } else if (entry.precedence > highest) bar = Math.max(bar, entry.precedence);
      else if (!isNarrowed) return undefined;
    }
    return { passes, bar, hasNarrower, done };
  }

  /** Inserts a ruling behind the rules that pass to it, unless a higher one bars it. A narrowed ruling without passes keeps its precedence. */
  private lift(
    key: Key,
    ruling: Ruling,
    { passes, bar }: { passes: readonly Pass[]; bar: number },
    isNarrowed = false,
  ) {
    if (passes.length === 0 && !isNarrowed) return false;
    const precedence = passes.reduce((sum, pass) => sum + pass.precedence - pass.lowest, ruling.precedence);
    if (precedence <= bar) return false;
    for (const cell of this.covered(key)) this.prune(cell, key, ruling, [], precedence);
    this.add(key, { ...ruling, precedence });
    return true;
  }

  private add(key: Key, entry: MapEntry): void {
    const { entry: old, passes = [] } = this.cells.get(placeOf(key)) ?? {};
    this.set({ key, entry: old === undefined ? entry : joined(old, entry), passes });
  }

  private prune(cell: Cell, key: Key, entry: MapEntry | undefined, passes: readonly Pass[], precedence: number): void {
    const { key: at, entry: old, passes: there } = cell;
    const kept = there.filter(
      (pass) => pass.precedence > precedence || precedence < pass.lowest || precedence > pass.highest + DENY,
    );
    const isSame = placeOf(at) === placeOf(key);
    const isOver =
      old === undefined ||
      old.precedence < precedence ||
      (old.deny && old.precedence === precedence && !isSame) ||
      (at.level === key.level && at.isExact && !key.isExact && isEquivalent(cell, entry, passes));
    if (kept.length === 0 && isOver) this.cells.delete(placeOf(at));
    else this.set({ key: at, entry: isOver ? undefined : old, passes: kept });
  }

  private set(cell: Cell): void {
    this.cells.set(placeOf(cell.key), cell);
  }

  /** The cells whose keys cover this one. */
  private covering(key: Key): Cell[] {
    return this.atOrAbove(key).filter((cell) => key.isExact || !cell.key.isExact);
  }

  /** The cells whose keys this one covers. */
  private covered(key: Key): Cell[] {
    return this.atOrBelow(key).filter((cell) => !key.isExact || cell.key.isExact);
  }

  private atOrAbove({ level }: Key): Cell[] {
    return [...this.cells.values()].filter((cell) => cell.key.level <= level);
  }

  private atOrBelow({ level }: Key): Cell[] {
    return [...this.cells.values()].filter((cell) => cell.key.level >= level);
  }
}

const placeOf = ({ level, isExact }: Key) => level * 2 + (isExact ? 1 : 0);

/** Adds a pass, keeping only the highest one of each tier. */
function collected(passes: readonly Pass[], pass: Pass): readonly Pass[] {
  const same = passes.find(({ lowest }) => lowest === pass.lowest);
  if (same === undefined) return [...passes, pass];
  return same.precedence >= pass.precedence ? passes : passes.map((other) => (other === same ? pass : other));
}

function isEquivalent(cell: Cell, entry: MapEntry | undefined, passes: readonly Pass[]): boolean {
  const { entry: other, passes: others } = cell;
  if ((entry === undefined) !== (other === undefined) || passes.length !== others.length) return false;
  const isSame = entry?.precedence === other?.precedence && entry?.authentication === other?.authentication;
  return isSame && passes.every(({ precedence }, place) => precedence === others[place]?.precedence);
}

/** Two entries at the same key: at the same level and of the same kind they are merged, otherwise the higher one stays. */
function joined(old: MapEntry, entry: MapEntry): MapEntry {
  const isOneLevel = Math.floor(old.precedence / 256) === Math.floor(entry.precedence / 256) && old.deny === entry.deny;
  if (!isOneLevel) return old.precedence < entry.precedence ? entry : old;
  const above = entry.precedence > old.precedence ? entry : old;
  const [, authentication = ""] = [old.authentication, entry.authentication].sort();
  const origins = [...new Set([...old.origins, ...entry.origins])].sort((a, b) => a - b);
  return { ...above, authentication, origins };
}
