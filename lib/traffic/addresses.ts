import type { Party } from "./party";

/**
 * Who had which address of the pods' network. An address whose pod is gone is `reserved:world` to Cilium, and another pod may get it: whoever
 * had it last before a flow is who is meant.
 */
export class Addresses {
  private readonly owners = new Map<string, Party>();
  private readonly networks = new Set<string>();

  /** @param most So many are remembered; then the oldest are forgotten. */
  constructor(private readonly most = 200_000) {}

  set(ip: string, owner: Party): void {
    const known = this.owners.get(ip);
    if (known === owner) return;
    if (known === undefined && this.owners.size >= this.most) {
      const [oldest] = this.owners.keys();
      if (oldest !== undefined) this.owners.delete(oldest);
    }
    this.owners.set(ip, owner);
    owner.lastIp = ip;
    this.networks.add(networkOf(ip));
  }

  ownerOf(ip: string): Party | undefined {
    return this.owners.get(ip);
  }

  /** Whether pods have addresses of the same block of a node. */
  isPodNetwork(ip: string): boolean {
    return this.networks.has(networkOf(ip));
  }
}

/** A node's block of pod addresses is at least this large (`cluster-pool-ipv4-mask-size` 24, of IPv6 120). */
function networkOf(ip: string): string {
  if (!ip.includes(":")) return ip.slice(0, ip.lastIndexOf("."));
  return ip.replace(/[0-9a-f]{1,2}$/i, "");
}
