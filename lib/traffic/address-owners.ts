import type { Party } from "./party";

interface Holding {
  since: string;
  owner: Party;
}

/** Owners remembered for each address. A busy node reuses an address after some hours. */
const maxOwners = 16;

/**
 * Which pod owned which address, and since when. To Cilium, the address of a deleted pod is `reserved:world`, and another pod may get it later,
 * so a flow belongs to the last owner before it.
 */
export class AddressOwners {
  private readonly holdings = new Map<string, Holding[]>();
  private readonly networks = new Set<string>();

  /** @param maxAddresses How many addresses are remembered. The oldest go first. */
  constructor(private readonly maxAddresses = 200_000) {}

  /** @param since Usually ascending, but overlapping files may report an earlier owner later. */
  set(ip: string, owner: Party, since: string): void {
    const known = this.holdings.get(ip);
    const latest = known?.at(-1);
    if (latest?.owner === owner) {
      // In recordings that begin with the latest, the earlier moment comes later.
      if (since < latest.since && (known?.at(-2)?.since ?? "") <= since) latest.since = since;
      return;
    }
    owner.lastIp = ip;
    this.networks.add(networkOf(ip));
    if (known === undefined) {
      if (this.holdings.size >= this.maxAddresses) {
        const [oldest] = this.holdings.keys();
        if (oldest !== undefined) this.holdings.delete(oldest);
      }
      this.holdings.set(ip, [{ since, owner }]);
      return;
    }
    const place = countUntil(known, since);
    if (known[place - 1]?.owner === owner) return;
    known.splice(place, 0, { since, owner });
    if (known.length > maxOwners) known.shift();
  }

  /** The owner of an address at a time; without a time, its last owner. */
  ownerOf(ip: string, time?: string): Party | undefined {
    const known = this.holdings.get(ip);
    if (known === undefined || time === undefined) return known?.at(-1)?.owner;
    return known[countUntil(known, time) - 1]?.owner;
  }

  /** The owner of an address during a whole period. Undefined if it changed hands, or if the owner at the start is unknown. */
  ownerBetween(ip: string, first: string, last: string): Party | undefined {
    const known = this.holdings.get(ip);
    if (known === undefined) return undefined;
    const count = countUntil(known, first);
    return count === countUntil(known, last) ? known[count - 1]?.owner : undefined;
  }

  /** Whether pods have addresses of the same node's block. */
  isPodNetwork(ip: string): boolean {
    return this.networks.has(networkOf(ip));
  }
}

/** How many of these holdings, which are sorted by time, had begun at a time. */
function countUntil(holdings: readonly Holding[], time: string): number {
  let count = holdings.length;
  while (count > 0 && (holdings[count - 1]?.since ?? "") > time) count--;
  return count;
}

/** A node's block of pod addresses is at least this large (`cluster-pool-ipv4-mask-size` 24, of IPv6 120). */
function networkOf(ip: string): string {
  if (!ip.includes(":")) return ip.slice(0, ip.lastIndexOf("."));
  return ip.replace(/[0-9a-f]{1,2}$/i, "");
}
