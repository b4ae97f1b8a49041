import { parseAddress } from "../../kubernetes/cidr";

/** Like `node:net`: 4, 6, or 0 if the text is not an address. */
export function isIP(text: string): number {
  return parseAddress(text)?.family ?? 0;
}
