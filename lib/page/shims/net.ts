import { parseAddress } from "../../kubernetes/cidr";

/** As `node:net` says it: 4, 6, or 0 for what is no address. */
export function isIP(text: string): number {
  return parseAddress(text)?.family ?? 0;
}
