import { append } from "../../common/maps";
import { EVERY_PROTOCOL, rangePrefixLength } from "../../kubernetes/ports";
import { matchesOf, type ProxiedMatch } from "./proxied";

/**
 * One entry that a subject's policy map may hold for a peer: a port of some rule, with its precedence. Which entries stay, and which of
 * two that match decides, follows `pkg/policy/mapstate.go` (`insertWithChanges`, `lookup`).
 */
export interface MapItem {
  protocol: number;
  port: number;
  endPort: number;
  /** The higher wins; see {@link precedence}. */
  precedence: number;
  deny: boolean;
  /** Handed to Cilium's proxy. */
  redirect: boolean;
  /** The authentication asked for, which tells entries of the same precedence apart. */
  authentication: string;
  /** The rules it comes from, ascending. */
  origins: readonly number[];
  /** What is let through where the proxy decides; {@link EVERYTHING} of what goes past it. */
  proxied: readonly ProxiedMatch[];
}

/** What a lookup finds. Nothing found is a denial without a rule. */
export interface Found {
  deny: boolean;
  redirect: boolean;
  origins: readonly number[];
}

/** Rules of policies come before Cilium's own defaults. */
export type Tier = "normal" | "default";

const DENY = 255;
const ALLOW = 1;
const REDIRECT = 2;
const TIER: Readonly<Record<Tier, number>> = { normal: 256, default: 0 };

/**
 * Deny over redirect over allow, within a tier (`ToPrecedenceWithListenerPriority`). `priority` is a redirect's listener priority, of which
 * the lower comes first.
 */
export function precedence(tier: Tier, kind: "deny" | "allow" | "redirect", priority = 0): number {
  if (kind === "deny") return TIER[tier] + DENY;
  if (kind === "allow") return TIER[tier] + ALLOW;
  return TIER[tier] + (priority > 0 ? DENY - Math.min(priority, 126) : REDIRECT);
}

/** An entry at one level: how much of protocol and port it fixes. At a given flow, a lower level covers a higher one. */
export interface MapEntry extends Found {
  precedence: number;
  authentication: string;
}

/** Per level at most one entry: those of the same precedence are merged, the others give way. */
export type Levels = readonly (MapEntry | undefined)[];

/** Protocol and port free, protocol fixed, and then one more for each bit of the port. */
const LEVELS = 18;

/** The entries of an aggregate at a flow, ready to be held against those of any identity that it stands for. */
export function aggregateLevels(items: readonly MapItem[], protocol: number, port: number): Levels {
  return levels(items, protocol, port, undefined);
}

/**
 * The entry that decides a flow, out of those for the exact identity of the peer and those for its aggregate. `port` 0 asks for what holds on
 * every port.
 */
export function lookup(
  exact: readonly MapItem[],
  aggregate: Levels,
  protocol: number,
  port: number,
): Found | undefined {
  const general = mostSpecific(aggregate);
  if (exact.length === 0) return general?.entry;
  const specific = mostSpecific(levels(exact, protocol, port, aggregate));
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
    (item) => !item.deny && item.precedence > TIER.normal && levelOf(item, protocol, port) !== undefined,
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
  // Of names: those of the modes happen to be in the order of strictness, and none comes before any.
  const authentication = [a.authentication, b.authentication].sort()[1] ?? "";
  return { ...a, authentication, origins: union(a.origins, b.origins) };
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

function mostSpecific(own: Levels): { entry: MapEntry; level: number } | undefined {
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
