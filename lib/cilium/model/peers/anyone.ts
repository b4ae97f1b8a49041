import { Entity } from "../entity";
import type { PeerKind } from "./kind";

/** Anyone: pods, nodes and the world. */
export interface EverythingPeer {
  /** Tells the kinds of peers apart. */
  kind: "everything";
}

/** No one. */
export interface NothingPeer {
  /** Tells the kinds of peers apart. */
  kind: "nothing";
}

export const everythingKind: PeerKind<EverythingPeer> = { lists: () => ({ entities: [Entity.All] }) };

/**
 * Neither `{}` nor `fromEndpoints: []`: the first means "everything" in Kubernetes' NetworkPolicy, and the second looks like an oversight.
 */
export const nothingKind: PeerKind<NothingPeer> = { lists: () => ({ entities: [Entity.None] }) };
