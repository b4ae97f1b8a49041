import { parseAddress } from "../../kubernetes/cidr";
import { blockOf } from "../party";

/** How many addresses are listed one by one. More become blocks, and more blocks than that the world. */
const maxListed = 16;

/** The CIDR blocks of addresses, or `world` where there are too many. */
export function blocksOf(ips: readonly string[]): readonly string[] | "world" {
  const single = [...new Set(ips)].flatMap((ip) => {
    const address = parseAddress(ip);
    return address === undefined ? [] : [`${ip}/${address.bits}`];
  });
  if (single.length <= maxListed) return single.sort();
  const blocks = [...new Set(ips.map(blockOf))].sort();
  return blocks.length <= maxListed ? blocks : "world";
}
