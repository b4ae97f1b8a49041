import { CiliumLabel } from "../cilium/api/endpoint-selector";
import type { EgressPeer } from "../cilium/model/peer";
import type { NetworkBlock, ServiceAccount } from "../linkerd/model/authentication";
import { everyAddress } from "../linkerd/model/authentication";
import { type Edge, isMeshed, isMeshedPeer, isWorkload, type Workload } from "./intent";

/** Who calls, as Linkerd's server knows it: by account where meshed, by address where not. */
export interface Caller {
  accounts: readonly ServiceAccount[];
  networks: readonly NetworkBlock[];
}

/** The account that a workload runs under: as it says, or as its selector says, or Kubernetes' default. */
export function accountOf({ serviceAccount, endpoints, namespace }: Workload): ServiceAccount {
  return { name: serviceAccount ?? endpoints.matchLabels?.[CiliumLabel.ServiceAccount] ?? "default", namespace };
}

/** Who calls by an edge. What is not meshed has no identity, and of pods the address is not known before they run: it is anyone's. */
export function callerOf(from: Edge["from"]): Caller {
  if (isMeshedPeer(from)) return { accounts: from.accounts, networks: [] };
  if (!isWorkload(from)) return { accounts: [], networks: networksOf(from) };
  return isMeshed(from) ? { accounts: [accountOf(from)], networks: [] } : { accounts: [], networks: everyAddress };
}

function networksOf(peer: EgressPeer): readonly NetworkBlock[] {
  if (peer.kind === "nothing") return [];
  if (peer.kind === "cidr" && "cidr" in peer.cidr) {
    const { cidr, except } = peer.cidr;
    return [{ cidr, ...(except && { except }) }];
  }
  return everyAddress;
}
