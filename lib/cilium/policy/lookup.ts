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
 * Deny over redirect over allow over pass, of what is asked at once (`ToPrecedenceWithListenerPriority`). `priority` is a redirect's listener
 * priority, of which the lower comes first.
 */
export function precedence(level: number, kind: "deny" | "allow" | "redirect" | "pass", priority = 0): number {
  if (kind === "deny") return level + DENY;
  if (kind === "allow") return level + ALLOW;
  if (kind === "pass") return level;
  return level + (priority > 0 ? DENY - Math.min(priority, 126) : REDIRECT);
}

/** Per level at most one entry: those of the same precedence are merged, the others give way. */
export type Levels = readonly (MapEntry | undefined)[];

/** Protocol and port free, protocol fixed, and then one more for each bit of the port. */
const LEVELS = 18;

/** What an aggregate has at a flow, ready to be held against what any identity has that it stands for. */
export interface Aggregated {
  levels: Levels;
  /** All items, where one of the subject's passes: what is decided cannot be told from the levels then. */
  passed?: readonly MapItem[];
}

/** @param hasPasses Some rule of the subject passes. */
export function aggregated(items: readonly MapItem[], protocol: number, port: number, hasPasses: boolean): Aggregated {
  return { levels: levels(items, protocol, port, undefined), ...(hasPasses && { passed: items }) };
}

/**
 * The entry that decides a flow, out of those for the exact identity of the peer and those for its aggregate. `port` 0 asks for what holds on
 * every port.
 */
export function lookup(
  exact: readonly MapItem[],
  { levels: covering, passed }: Aggregated,
  protocol: number,
  port: number,
): Found | undefined {
  if (passed !== undefined) return lookupPassed(exact, passed, protocol, port);
  const general = mostSpecific(covering);
  if (exact.length === 0) return general && asking(general, covering);
  const own = levels(exact, protocol, port, covering);
  const specific = mostSpecific(own);
  const found = decisive(specific, general);
  if (found === undefined || found.deny) return found;
  const isSpecific = found === specific?.entry;
  const [chosen, others] = isSpecific ? [specific, covering] : [general, own];
  const asks = chosen && asking(chosen, isSpecific ? own : covering);
  const other = isSpecific ? general : specific;
  const alike = other?.entry.precedence === found.precedence ? asking(other, others) : undefined;
  // One that asks for none of its own gets that of the other, where that is as high and stricter.
  if (asks === undefined || found.authentication !== "" || alike === undefined) return asks;
  return { ...asks, authentication: stricter(asks.authentication, alike.authentication) };
}

/** An entry with the authentication that it asks for, which the most specific one that covers it has set where it sets none (`authPreferredInsert`). */
function asking({ entry, level }: Placed, own: Levels): Found {
  if (entry.authentication !== "" || entry.deny) return entry;
  for (let above = level - 1; above >= 0; above--) {
    const covering = own[above];
    if (covering === undefined || covering.authentication === "") continue;
    const isAsHigh = levelsOf(covering) >= levelsOf(entry) && !covering.deny;
    return isAsHigh ? { ...entry, authentication: covering.authentication } : entry;
  }
  return entry;
}

/** Of what is asked at once: whether it redirects does not count. */
const levelsOf = ({ precedence: own }: MapEntry) => Math.floor(own / 256);
/** Of names: those of the modes happen to be in the order of strictness, and none comes before any. */
const stricter = (a: string, b: string) => (a > b ? a : b);

/** The same where rules pass, by tiers. */
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
  // The comment in Cilium says that the more specific port wins; its code returns the aggregate's entry then, and so do we.
  return specific.level > general.level ? general.entry : specific.entry;
}

/** What the proxy lets through of a flow that is handed to it: what any rule about it does. Cilium's own defaults are not told to the proxy. */
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

/** Items that are about one port alone, by it, and the others; each with its place in the list. */
interface PortIndex {
  single: ReadonlyMap<number, readonly number[]>;
  others: readonly number[];
}

const indices = new WeakMap<readonly MapItem[], PortIndex>();
/** Below this an index costs more than it saves. */
const LEAST_INDEXED = 32;

/** The items that can be about a port, in their order: of long lists those for other ports are not looked at. */
function itemsAbout(items: readonly MapItem[], protocol: number, port: number): readonly MapItem[] {
  if (items.length < LEAST_INDEXED) return items;
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
 * An entry that asks for an authentication of its own is not overridden by one that redirects. It stays, and redirects too
 * (`authPreferredInsert`, `overrideProxyPortForAuth`).
 */
function staysBelow(entry: MapEntry, above: MapEntry): boolean {
  return entry.authentication !== "" && !entry.deny && !above.deny;
}

/** Two entries of the same precedence on the same port. Of two authentications the stricter counts (`MapStateEntry.Merge`). */
function merged(a: MapEntry, b: MapEntry): MapEntry {
  return { ...a, authentication: stricter(a.authentication, b.authentication), origins: union(a.origins, b.origins) };
}

/** Drops what a broader entry overrides: one of higher precedence, or for a deny of the same. */
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

/** An identity's entry that says the same as its aggregate's on the same port is not kept (`aggregateIsEquivalent`). */
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

/** Whether an item says something of a port. */
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
