import { prefixContains } from "../../../kubernetes/cidr";
import { readCidr } from "../check/cidr";
import { exactlyOne, isShape } from "../check/shape";
import type { Problems } from "../problems";
import type { PeerKind } from "./kind";

/**
 * Addresses. They only match addresses outside the cluster: not pods, nodes, or a Service's cluster IP, unless the agent's `policy-cidr-match-mode` adds
 * pods or nodes.
 */
export interface CidrPeer {
  /** Tells the kinds of peers apart. */
  kind: "cidr";
  /** Which. */
  cidr: CidrBlock | CidrGroup;
}

/** Addresses, written out. */
export interface CidrBlock {
  /** `10.0.0.0/8`. */
  cidr: string;
  /** Excluded blocks inside `cidr`. */
  except?: string[];
}

/** The addresses of a CiliumCIDRGroup. */
export interface CidrGroup {
  /** Its name. */
  group: string;
  /** Excluded blocks. */
  except?: string[];
}

export const cidrKind: PeerKind<CidrPeer> = {
  member: "cidr",
  check: ({ cidr }, _, problems) => checkCidr(cidr, problems.at("cidr")),
  lists: ({ cidr }) => ({
    cidrSets: [
      {
        ...("cidr" in cidr ? { cidr: cidr.cidr } : { cidrGroupRef: cidr.group }),
        ...(cidr.except && { except: cidr.except }),
      },
    ],
  }),
};

function checkCidr(written: CidrPeer["cidr"], problems: Problems): void {
  if (!isShape(written, ["cidr", "group", "except"], problems)) return;
  const peer: { cidr?: string; except?: string[] } = written;
  exactlyOne(peer, ["cidr", "group"], problems, 'use Peer.cidr("10.0.0.0/8") or Peer.cidrGroup("name")');
  const block = peer.cidr === undefined ? undefined : readCidr(peer.cidr, problems.at("cidr"));
  peer.except?.forEach((text, index) => {
    const hole = readCidr(text, problems.at("except").at(index));
    if (!block || !hole) return;
    const at = problems.at("except").at(index);
    if (!prefixContains(block, hole))
      at.add(
        "outside",
        `"${text}" lies outside "${peer.cidr}", so there is nothing to except`,
        "leave it out, or widen the block",
      );
    else if (prefixContains(hole, block))
      at.add("empty", `"${text}" is the whole block, so no address is left`, "except less, or leave the peer out");
  });
}
