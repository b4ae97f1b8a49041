/** A policy that Cilium ignores, and its place. */
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
