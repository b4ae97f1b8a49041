import { BlockList, isIP } from "node:net";
import type { Path, Problem } from "../common/problem";

export function portProblems(where: Path, port: number): Problem[] {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return [];
  return [
    { code: "invalid-port", path: where, message: `${port} is not a port`, fix: "use a whole number from 1 to 65535" },
  ];
}

export function ipAddressProblems(where: Path, address: string): Problem[] {
  if (isIP(address) !== 0) return [];
  return [
    {
      code: "invalid-address",
      path: where,
      message: `"${address}" is not an IP address`,
      fix: 'write it like "127.0.0.1"',
    },
  ];
}

/** The problems of an address range in CIDR notation. Host bits must be zero, which the API server requires of a Service range. */
export function cidrProblems(where: Path, cidr: string): Problem[] {
  const [address = "", prefixText, ...rest] = cidr.split("/");
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || rest.length > 0) {
    return [
      {
        code: "invalid-cidr",
        path: where,
        message: `"${cidr}" is not an address range`,
        fix: 'write it like "10.244.0.0/16"',
      },
    ];
  }
  if (prefixText === undefined) {
    return [
      {
        code: "invalid-cidr",
        path: where,
        message: `"${cidr}" has no prefix length`,
        fix: `did you mean "${address}/${longest}"?`,
      },
    ];
  }
  const prefix = Number(prefixText);
  if (!/^\d+$/.test(prefixText) || prefix > longest) {
    return [
      {
        code: "invalid-cidr",
        path: where,
        message: `"${cidr}" has no valid prefix length`,
        fix: `use a whole number up to ${longest}`,
      },
    ];
  }
  return [];
}

/** Whether two address ranges overlap: one of them contains the other's first address. */
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
