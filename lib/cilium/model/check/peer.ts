import { type EgressPeer, PEER_KINDS } from "../peer";
import type { PeerKind } from "../peers/kind";
import type { Problems } from "../problems";
import { isShape, list } from "./shape";

/** The context of a peer, which decides which kinds are allowed. */
export interface PeerPlace {
  rule: "ingress" | "egress" | "egressDeny";
  /** Undefined in a clusterwide policy. */
  namespace: string | undefined;
}

const kinds = PEER_KINDS as Readonly<Record<string, PeerKind<EgressPeer>>>;
const members = Object.values(kinds).flatMap(({ member }) => member ?? []);

/** Reports all problems of a peer. From plain JavaScript or another language, any members may be present. */
export function checkPeer(peer: EgressPeer, { rule, namespace }: PeerPlace, problems: Problems): void {
  if (!isShape(peer, ["kind", "namespace", ...members], problems)) return;
  const known = Object.hasOwn(kinds, peer.kind) ? kinds[peer.kind] : undefined;
  const allowed = Object.keys(kinds).filter((kind) => rule === "egress" || kinds[kind]?.onlyInEgress === undefined);
  if (known === undefined || !allowed.includes(peer.kind)) {
    if (known?.onlyInEgress !== undefined)
      problems.add("not-supported", known.onlyInEgress.message, known.onlyInEgress.fix);
    else problems.add("invalid-value", `"${peer.kind}" is not a kind of peer`, `use ${list(allowed, "or")}`);
    return;
  }
  const written = peer as unknown as Readonly<Record<string, unknown>>;
  const { member } = known;
  if (member !== undefined && written[member] === undefined)
    problems
      .at(member)
      .add("missing", `it is missing in a peer of kind ${peer.kind}`, "create it with the constructors of Peer");
  for (const other of members)
    if (other !== member && written[other] !== undefined)
      problems.at(other).add("unknown-field", `a peer of kind ${peer.kind} has none`, "make it a peer of its own");
  if (peer.kind !== "endpoints" && written.namespace)
    problems.at("namespace").add("unknown-field", `a peer of kind ${peer.kind} has none`, "leave it out");
  if (member !== undefined && written[member] !== undefined) known.check?.(peer, namespace, problems);
}
