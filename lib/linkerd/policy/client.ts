import { type Prefix, parseAddress } from "../../kubernetes/cidr";

/** How a client's connection is protected, as the server's proxy sees it. */
export type ClientTls =
  /** Plaintext. */
  | "none"
  /** The mesh's mTLS. */
  | "mesh"
  /** TLS to the server's proxy without a client certificate. */
  | "unauthenticated"
  /** The application's TLS, which the proxy does not terminate. */
  | "app";

/** The peer of a connection, as the server's proxy sees it. */
export interface Client {
  /** Its address, or the blocks that its address may be in. Linkerd ignores `X-Forwarded-For` and similar headers. */
  blocks: readonly Prefix[];
  tls: ClientTls;
  /** The identity in its certificate; only with `mesh`. */
  identity?: string | undefined;
  /** Whether it connects to the application's port, or to the proxy's own port with a header that names the application's. */
  via: "direct" | "4143";
}

/** The blocks of a client whose address is not known. */
export const ANYWHERE: readonly Prefix[] = [
  { family: 4, address: 0n, bits: 0 },
  { family: 6, address: 0n, bits: 0 },
];

/**
 * The {@link Client.blocks} of a client with a single address.
 *
 * @throws RangeError if the text is not an IP address
 */
export function placeOf(address: string): readonly Prefix[] {
  const prefix = parseAddress(address);
  if (prefix === undefined) throw new RangeError(`${JSON.stringify(address)} is not an IP address`);
  return [prefix];
}
