import { append } from "../../common/maps";
import { EVERY_PROTOCOL, rangePrefixLength } from "../../kubernetes/ports";
import type { Found, MapEntry, MapItem } from "./map-item";
import { PassedMap } from "./passes";
import { matchesOf, type ProxiedMatch } from "./proxied";

export type { Found, MapItem } from "./map-item";

const DENY = 255;
const ALLOW = 1;
const REDIRECT = 2;

/**
 * The precedence of an entry (`ToPrecedenceWithListenerPriority`). At the same level, a deny beats a redirect, which beats an allow, which beats a
 * pass.
 *
 * @param priority A redirect's listener priority; lower ones take precedence. Default: none.
 */
export function precedence(level: number, kind: "deny" | "allow" | "redirect" | "pass", priority = 0): number {
  if (kind === "deny") return level + DENY;
  if (kind === "allow") return level + ALLOW;
  if (kind === "pass") return level;
  return level + (priority > 0 ? DENY - Math.min(priority, 126) : REDIRECT);
}

/** At most one entry per level: entries of the same precedence are merged, and lower ones dropped. */
export type Levels = readonly (MapEntry | undefined)[];

/** One level for any protocol and port, one for a protocol alone, and one more for each bit of the port. */
const LEVELS = 18;

/** The entries of an aggregate that apply to a flow, prepared for lookups of the identities that it stands for. */
export interface Aggregated {
  levels: Levels;
  /** All items, if any rule of the subject passes: the levels alone do not decide then. */
  passed?: readonly MapItem[];
}

/** @param hasPasses Whether any rule of the subject passes. */
export function aggregated(items: readonly MapItem[], protocol: number, port: number, hasPasses: boolean): Aggregated {
  return { levels: levels(items, protocol, port, undefined), ...(hasPasses && { passed: items }) };
}

/**
 * The entry that decides a flow, from the entries for the exact identity of the peer and those for its aggregate.
 *
 * @param port 0 looks up what applies to every port.
 */
export function lookup(
  exact: readonly MapItem[],
  { levels: covering, passed }: Aggregated,
  protocol: number,
  port: number,
): Found | undefined {
  if (passed !== undefined) return lookupPassed(exact, passed, protocol, port);
  const general = mostSpecific(covering);
  if (exact.length === 0) return general && withAuthentication(general, covering);
  const own = levels(exact, protocol, port, covering);
  const specific = mostSpecific(own);
  const found = decisive(specific, general);
  if (found === undefined || found.deny) return found;
  const isSpecific = found === specific?.entry;
  const [chosen, others] = isSpecific ? [specific, covering] : [general, own];
  const decided = chosen && withAuthentication(chosen, isSpecific ? own : covering);
  const other = isSpecific ? general : specific;
  const equal = other?.entry.precedence === found.precedence ? withAuthentication(other, others) : undefined;
  // An entry without a mode of its own takes the stricter one of the other entry, if both have the same precedence.
  if (decided === undefined || found.authentication !== "" || equal === undefined) return decided;
  return { ...decided, authentication: stricter(decided.authentication, equal.authentication) };
}

/** An entry with its authentication mode. Without one of its own it takes that of the most specific entry that covers it (`authPreferredInsert`). */
function withAuthentication({ entry, level }: Placed, own: Levels): Found {
  if (entry.authentication !== "" || entry.deny) return entry;
  for (let above = level - 1; above >= 0; above--) {
    const covering = own[above];
    if (covering === undefined || covering.authentication === "") continue;
    const isAsHigh = precedenceLevel(covering) >= precedenceLevel(entry) && !covering.deny;
    return isAsHigh ? { ...entry, authentication: covering.authentication } : entry;
  }
  return entry;
}

/** The precedence without the byte for the kind, such as a redirect. */
const precedenceLevel = ({ precedence: own }: MapEntry) => Math.floor(own / 256);
/** The stricter mode. The names happen to sort by strictness, and an absent mode sorts first. */
const stricter = (a: string, b: string) => (a > b ? a : b);

/** {@link lookup} for subjects with rules that pass. */
function lookupPassed(
  exact: readonly MapItem[],
  aggregate: readonly MapItem[],
  protocol: number,
  port: number,
): Found | undefined {
  const map = new PassedMap();
  const found = [
    ...aggregate.map((item) => ({ item, isExact: false })),
    ...exact.map((item) => ({ item, isExact: true })),
  ].sort((a, b) => b.item.range.highest - a.item.range.highest || Number(b.item.isNamed) - Number(a.item.isNamed));
  for (const { item, isExact } of found) {
    const level = levelOf(item, protocol, port);
    if (level !== undefined) map.insert(item, { level, isExact });
  }
  return decisive(map.mostSpecific(true), map.mostSpecific(false));
}

interface Placed {
  entry: MapEntry;
  level: number;
}

function decisive(specific: Placed | undefined, general: Placed | undefined): MapEntry | undefined {
  if (specific === undefined || general === undefined) return (specific ?? general)?.entry;
  if (specific.entry.precedence !== general.entry.precedence) {
    return specific.entry.precedence > general.entry.precedence ? specific.entry : general.entry;
  }
  if (specific.entry.deny) return specific.entry;
  // Cilium's comment says that the more specific port wins, but its code returns the aggregate's entry. This follows the code.
  return specific.level > general.level ? general.entry : specific.entry;
}

/** What the proxy admits of a redirected flow: whatever any rule for it admits. The proxy does not know Cilium's defaults. */
export function proxiedAt(items: readonly MapItem[], protocol: number, port: number): readonly ProxiedMatch[] {
  const about = itemsAbout(items, protocol, port).filter(
    (item) =>
      !item.deny &&
      !item.passes &&
      item.origins.every((origin) => origin >= 0) &&
      levelOf(item, protocol, port) !== undefined,
  );
  return matchesOf(about.flatMap(({ proxied }) => proxied));
}

function levels(items: readonly MapItem[], protocol: number, port: number, covering: Levels | undefined): Levels {
  const result: (MapEntry | undefined)[] = Array<MapEntry | undefined>(LEVELS).fill(undefined);
  for (const item of itemsAbout(items, protocol, port)) {
    const level = levelOf(item, protocol, port);
    if (level === undefined) continue;
    const present = result[level];
    result[level] = present === undefined ? item : onSamePort(present, item);
  }
  prune(result, covering);
  return result;
}

/** Indices of the items for a single port, by that port, and of all others. */
interface PortIndex {
  single: ReadonlyMap<number, readonly number[]>;
  others: readonly number[];
}

const indices = new WeakMap<readonly MapItem[], PortIndex>();
/** A shorter list is scanned: building an index for it costs more than it saves. */
const MIN_INDEXED = 32;

/** The items that may apply to a port, in their order. In long lists an index skips those for other ports. */
function itemsAbout(items: readonly MapItem[], protocol: number, port: number): readonly MapItem[] {
  if (items.length < MIN_INDEXED) return items;
  const { single, others } = portIndex(items);
  const about = single.get(protocol * 65_536 + port) ?? [];
  if (about.length === 0 && others.length === 0) return [];
  return [...about, ...others].sort((a, b) => a - b).flatMap((place) => items[place] ?? []);
}

function portIndex(items: readonly MapItem[]): PortIndex {
  const known = indices.get(items);
  if (known !== undefined) return known;
  const single = new Map<number, number[]>();
  const others: number[] = [];
  for (const [place, { protocol, port, endPort }] of items.entries()) {
    if (protocol === EVERY_PROTOCOL || port === 0 || endPort > port) others.push(place);
    else append(single, protocol * 65_536 + port, place);
  }
  const made = { single, others };
  indices.set(items, made);
  return made;
}

function onSamePort(a: MapEntry, b: MapEntry): MapEntry {
  if (a.precedence === b.precedence) return merged(a, b);
  const [above, below] = a.precedence > b.precedence ? [a, b] : [b, a];
  return staysBelow(below, above) ? merged(above, below) : above;
}

/**
 * A redirect does not override an entry with its own authentication mode. The entry stays and redirects, too (`authPreferredInsert`,
 * `overrideProxyPortForAuth`).
 */
function staysBelow(entry: MapEntry, above: MapEntry): boolean {
  return entry.authentication !== "" && !entry.deny && !above.deny;
}

/** Merges two entries of the same precedence on the same port. The stricter authentication mode wins (`MapStateEntry.Merge`). */
function merged(a: MapEntry, b: MapEntry): MapEntry {
  return { ...a, authentication: stricter(a.authentication, b.authentication), origins: union(a.origins, b.origins) };
}

/** Drops each entry that a broader one overrides: one of higher precedence or, for a deny, of the same. */
function prune(own: (MapEntry | undefined)[], covering: Levels | undefined): void {
  let highest = -1;
  let last: MapEntry | undefined;
  for (let level = 0; level < LEVELS; level++) {
    const above = covering?.[level];
    const entry = own[level];
    if (entry !== undefined && above !== undefined && equivalent(above, entry)) own[level] = undefined;
    if (above !== undefined && above.precedence > highest) highest = above.precedence;
    if (entry === undefined) continue;
    if (last !== undefined && last.precedence === highest && entry.precedence < highest && staysBelow(entry, last)) {
      own[level] = { ...entry, precedence: last.precedence, redirect: last.redirect };
    } else if (entry.precedence < highest || (entry.deny && entry.precedence === highest)) own[level] = undefined;
    else {
      highest = entry.precedence;
      last = entry;
    }
  }
}

/** Whether an identity's entry repeats its aggregate's on the same port, so that Cilium does not keep it (`aggregateIsEquivalent`). */
function equivalent(a: MapEntry, b: MapEntry): boolean {
  return a.precedence === b.precedence && a.authentication === b.authentication;
}

function mostSpecific(own: Levels): Placed | undefined {
  for (let level = LEVELS - 1; level >= 0; level--) {
    const entry = own[level];
    if (entry !== undefined) return { entry, level };
  }
  return undefined;
}

/** Whether an item applies to a port. */
export const isAbout = (item: MapItem, protocol: number, port: number): boolean =>
  levelOf(item, protocol, port) !== undefined;

function levelOf(item: MapItem, protocol: number, port: number): number | undefined {
  if (item.protocol === EVERY_PROTOCOL) return 0;
  if (item.protocol !== protocol) return undefined;
  const length = rangePrefixLength(item.port, item.endPort, port);
  return length === undefined || (port === 0 && length > 0) ? undefined : 1 + length;
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  return a === b ? a : [...new Set([...a, ...b])].sort((x, y) => x - y);
}
