import { BlockList, isIP } from "node:net";
import type { Problem } from "../common/argument-problems";

export function portProblems(where: string, port: number): Problem[] {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return [];
  return [{ where, what: `${port} is not a port`, remedy: "use a whole number from 1 to 65535" }];
}

export function ipAddressProblems(where: string, address: string): Problem[] {
  if (isIP(address) !== 0) return [];
  return [{ where, what: `"${address}" is not an IP address`, remedy: 'write it like "127.0.0.1"' }];
}

/** An address range in CIDR notation. Host bits must be zero, as the API server demands of a Service range. */
export function cidrProblems(where: string, cidr: string): Problem[] {
  const [address = "", prefixText, ...rest] = cidr.split("/");
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || rest.length > 0) {
    return [{ where, what: `"${cidr}" is not an address range`, remedy: 'write it like "10.244.0.0/16"' }];
  }
  if (prefixText === undefined) {
    return [{ where, what: `"${cidr}" has no prefix length`, remedy: `did you mean "${address}/${longest}"?` }];
  }
  const prefix = Number(prefixText);
  if (!/^\d+$/.test(prefixText) || prefix > longest) {
    return [{ where, what: `"${cidr}" has no valid prefix length`, remedy: `use a whole number up to ${longest}` }];
  }
  return [];
}

/** Whether two address ranges share an address: one of them then contains the other's first address. */
export function cidrsOverlap(left: string, right: string): boolean {
  return contains(left, right) || contains(right, left);
}

function contains(outer: string, inner: string): boolean {
  const [outerAddress = "", outerPrefix = ""] = outer.split("/");
  const [innerAddress = ""] = inner.split("/");
  const family = isIP(outerAddress);
  if (family !== isIP(innerAddress) || family === 0) return false;
  const type = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(outerAddress, Number(outerPrefix), type);
  return list.check(innerAddress, type);
}
