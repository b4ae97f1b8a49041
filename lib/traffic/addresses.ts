import type { Party } from "./party";

interface Holding {
  since: string;
  owner: Party;
}

/** Of one address, so many owners are remembered; a busy node gives each again after some hours. */
const mostOwners = 16;

/**
 * Who had which address of the pods' network, and from when on. An address whose pod is gone is `reserved:world` to Cilium, and another pod may
 * get it: whoever had it last before a flow is who is meant.
 */
export class Addresses {
  private readonly holdings = new Map<string, Holding[]>();
  private readonly networks = new Set<string>();

  /** @param most Of so many addresses it is remembered; then the oldest are forgotten. */
  constructor(private readonly most = 200_000) {}

  /** @param since In the order of time as a rule; files that overlap may tell of an earlier owner later. */
  set(ip: string, owner: Party, since: string): void {
    const known = this.holdings.get(ip);
    if (known?.at(-1)?.owner === owner) return;
    owner.lastIp = ip;
    this.networks.add(networkOf(ip));
    if (known === undefined) {
      if (this.holdings.size >= this.most) {
        const [oldest] = this.holdings.keys();
        if (oldest !== undefined) this.holdings.delete(oldest);
      }
      this.holdings.set(ip, [{ since, owner }]);
      return;
    }
    const place = countUntil(known, since);
    if (known[place - 1]?.owner === owner) return;
    known.splice(place, 0, { since, owner });
    if (known.length > mostOwners) known.shift();
  }

  /** Who had an address at a time; whoever had it last, without one. */
  ownerOf(ip: string, time?: string): Party | undefined {
    const known = this.holdings.get(ip);
    if (known === undefined || time === undefined) return known?.at(-1)?.owner;
    return known[countUntil(known, time) - 1]?.owner;
  }

  /** Whether pods have addresses of the same block of a node. */
  isPodNetwork(ip: string): boolean {
    return this.networks.has(networkOf(ip));
  }
}

/** How many of them, which are in the order of time, began by then. */
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
