import { CiliumLabel } from "../cilium/api/endpoint-selector";
import type { EgressPeer } from "../cilium/model/peer";
import type { NetworkBlock, ServiceAccount } from "../linkerd/model/authentication";
import { everyAddress } from "../linkerd/model/authentication";
import { type Edge, isMeshedPeer, isWorkload } from "./intent";
import { isMeshed, type Workload } from "./workload";

/** A caller as the server's proxy sees it: by service account if meshed, otherwise by address. */
export interface Caller {
  accounts: readonly ServiceAccount[];
  networks: readonly NetworkBlock[];
}

/** The service account of a workload: its own setting, or else that of its selector, or else Kubernetes' `default`. */
export function accountOf({ serviceAccount, endpoints, namespace }: Workload): ServiceAccount {
  return { name: serviceAccount ?? endpoints.matchLabels?.[CiliumLabel.ServiceAccount] ?? "default", namespace };
}

/** The caller of an edge. An unmeshed workload has no identity, and its pods' addresses are not known in advance, so it may have any address. */
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
