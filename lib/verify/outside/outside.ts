import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** A server outside the cluster. */
export interface Outside {
  address: string;
  port: number;
  /** For people: `container meshfence-verify-1a2b on network kind`. */
  description: string;
  /** Removes what was created for it. Never rejects. */
  remove(): Promise<void>;
}

/** A server, or why there is none. */
export type FoundOutside = Outside | { absent: string };

/** The id of its endpoint. */
export const outsideId = "outside";

/** @returns Host and port; undefined if the text is not `HOST:PORT`. */
export function hostAndPort(text: string): { host: string; port: number } | undefined {
  const found = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** The server that the user names. Its name is resolved here, because policies see addresses, and a pod may not be allowed to query DNS. */
export async function namedOutside(host: string, port: number): Promise<FoundOutside> {
  const server = { port, description: `${host}:${port}`, remove: async () => undefined };
  if (isIP(host) !== 0) return { ...server, address: host };
  try {
    const { address } = await lookup(host);
    return { ...server, address, description: `${host}:${port} (${address})` };
  } catch {
    return { absent: `${host} could not be resolved` };
  }
}
