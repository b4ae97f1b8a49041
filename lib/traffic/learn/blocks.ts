import { parseAddress } from "../../kubernetes/cidr";
import { blockOf } from "../party";

/** So many addresses are written out one by one; more become blocks, and of more blocks than that the whole world. */
const most = 16;

/** Addresses as blocks, or `world` where they are everywhere. */
export function blocksOf(ips: readonly string[]): readonly string[] | "world" {
  const single = [...new Set(ips)].flatMap((ip) => {
    const address = parseAddress(ip);
    return address === undefined ? [] : [`${ip}/${address.bits}`];
  });
  if (single.length <= most) return single.sort();
  const blocks = [...new Set(ips.map(blockOf))].sort();
  return blocks.length <= most ? blocks : "world";
}
