import { type Prefix, parseAddress } from "../../kubernetes/cidr";

/** How a client's bytes are protected, as the server's proxy sees it. */
export type ClientTls =
  /** Plaintext. */
  | "none"
  /** mTLS of the mesh. */
  | "mesh"
  /** TLS to the server's proxy without a client certificate. */
  | "unauthenticated"
  /** TLS that the proxy does not end. */
  | "app";

/** The peer of a connection, as the server's proxy sees it. */
export interface Client {
  /** Where its address may lie: one address, or the blocks that hold it. Forwarded-for headers mean nothing. */
  blocks: readonly Prefix[];
  tls: ClientTls;
  /** The identity of its certificate, with `mesh` only. */
  identity?: string | undefined;
  /** On the application's port, or by the proxy's own port with a header that names the application's. */
  via: "direct" | "4143";
}

/** A client whose address is not known. */
export const ANYWHERE: readonly Prefix[] = [
  { family: 4, address: 0n, bits: 0 },
  { family: 6, address: 0n, bits: 0 },
];

/**
 * A single address as a client's place.
 *
 * @throws RangeError where it is no address.
 */
export function placeOf(address: string): readonly Prefix[] {
  const prefix = parseAddress(address);
  if (prefix === undefined) throw new RangeError(`${JSON.stringify(address)} is not an IP address`);
  return [prefix];
}
