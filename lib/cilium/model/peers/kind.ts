import type { PeerLists } from "../../api/peer-lists";
import type { Problems } from "../problems";

/** All that has to be known of a kind of peer. */
export interface PeerKind<P> {
  /** The member that says which. Absent: the kind says it all. */
  member?: string;
  /** Why it may stand in a rule that allows egress and nowhere else, as a sentence. Absent: it may stand anywhere. */
  onlyInEgress?: string;
  /**
   * Reports all that is wrong with a peer whose `member` is given.
   *
   * @param namespace The policy's own, undefined in a clusterwide policy.
   */
  check?(peer: P, namespace: string | undefined, problems: Problems): void;
  /** The peer as Cilium's lists have it. */
  lists(peer: P, namespace: string | undefined): PeerLists;
}
