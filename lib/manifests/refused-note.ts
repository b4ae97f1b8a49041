/** A policy that Cilium ignores, and where it stands. */
export interface RefusedNote {
  /** `CiliumNetworkPolicy shop/db` */
  policy: string;
  kind: string;
  name: string;
  namespace?: string;
  reason: string;
  file?: string | undefined;
  line?: number;
}
