import { BlockList, isIP } from "node:net";
import type { Problems } from "../problem";
import { describe } from "./shape";

interface Block {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
}

/** Reads `10.0.0.0/8`; reports what is wrong with it, with the nearest thing that is right. */
export function readCidr(text: unknown, problems: Problems): Block | undefined {
  if (typeof text !== "string" || text === "") {
    problems.add(`Expected a CIDR block such as "10.0.0.0/8", got ${text === "" ? "nothing" : describe(text)}.`);
    return undefined;
  }
  const [address = "", mask, ...more] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || more.length > 0) {
    const host = /^[a-z0-9*]([-a-z0-9.*]*)$/i.test(text) && /[a-z]/i.test(text) && !text.includes(":");
    problems.add(
      `"${text}" is no CIDR block such as "10.0.0.0/8" or "2001:db8::/32".${host ? ` Did you mean Peer.fqdn("${text}")?` : ""}`,
    );
    return undefined;
  }
  const widest = version === 4 ? 32 : 128;
  if (mask === undefined) {
    problems.add(`CIDR mask is missing in "${text}". Did you mean "${text}/${widest}"?`);
    return undefined;
  }
  const bits = /^(0|[1-9][0-9]*)$/.test(mask) ? Number(mask) : Number.NaN;
  if (!(bits <= widest)) {
    problems.add(`The CIDR mask in "${text}" must be 0 to ${widest}. Did you mean "${address}/${widest}"?`);
    return undefined;
  }
  return { address, bits, family: version === 4 ? "ipv4" : "ipv6" };
}

export function contains(outer: Block, inner: Block): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  const block = new BlockList();
  block.addSubnet(outer.address, outer.bits, outer.family);
  return block.check(inner.address, inner.family);
}
