/** A policy that Cilium refuses, with its place. */
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
