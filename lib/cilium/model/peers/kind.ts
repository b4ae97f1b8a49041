import type { PeerLists } from "../../api/peer-lists";
import type { Problems, Refusal } from "../problems";

/** How one kind of peer is checked and rendered. */
export interface PeerKind<P> {
  /** The member with the peer's details. Absent: the kind is enough. */
  member?: string;
  /** Why it is only allowed in rules that allow egress, and what to write elsewhere. Absent: it is allowed anywhere. */
  onlyInEgress?: Refusal;
  /**
   * Reports all problems of a peer whose `member` is given.
   *
   * @param namespace The policy's own; undefined in a clusterwide policy.
   */
  check?(peer: P, namespace: string | undefined, problems: Problems): void;
  /** The peer in Cilium's peer lists. */
  lists(peer: P, namespace: string | undefined): PeerLists;
}
