import type { Drop } from "./drop";

/** A probe run causes a few hundred; a busy cluster may have any number. */
export const maximumDrops = 10_000;

/** Two events of one packet are closer together than a retransmission and its first attempt (1 s). */
const samePacketMilliseconds = 100;
/** The number of other drops that may come in between. */
const window = 256;

/** Collects drops, each packet once: Hubble reports a denied packet twice, as a verdict, which names policies, and as a drop. */
export class DropGatherer {
  readonly #drops: Drop[] = [];

  add(drop: Drop): void {
    const twin = this.#drops.slice(-window).find((other) => samePacket(other, drop));
    if (twin !== undefined) {
      if (twin.policies.length === 0) twin.policies = drop.policies;
      return;
    }
    this.#drops.push(drop);
    if (this.#drops.length > maximumDrops) this.#drops.shift();
  }

  get drops(): readonly Drop[] {
    return this.#drops;
  }
}

function samePacket(a: Drop, b: Drop): boolean {
  return (
    Math.abs(a.at - b.at) <= samePacketMilliseconds &&
    a.from.ip === b.from.ip &&
    a.to.ip === b.to.ip &&
    a.protocol === b.protocol &&
    a.port === b.port &&
    a.sourcePort === b.sourcePort &&
    a.direction === b.direction &&
    a.reason === b.reason
  );
}
