import { type Prefix, parseAddress, parsePrefix } from "../../../kubernetes/cidr";
import type { Problems } from "../problems";
import { describe } from "./shape";

/** Parses `10.0.0.0/8`, or reports what is wrong with it and the closest valid notation. */
export function readCidr(text: unknown, problems: Problems): Prefix | undefined {
  if (typeof text !== "string" || text === "") {
    problems.add(
      "invalid-cidr",
      `${text === "" ? "nothing" : describe(text)} is not a CIDR block`,
      'use one such as "10.0.0.0/8"',
    );
    return undefined;
  }
  const block = parsePrefix(text);
  if (block) return block;
  const [head = "", mask] = text.split("/");
  const address = parseAddress(head);
  if (address && mask === undefined) {
    problems.add("invalid-cidr", `the CIDR mask is missing in "${text}"`, `did you mean "${text}/${address.bits}"?`);
  } else if (address) {
    problems.add(
      "invalid-cidr",
      `the CIDR mask in "${text}" must be 0 to ${address.bits}`,
      `did you mean "${head}/${address.bits}"?`,
    );
  } else {
    const looksLikeName = /[a-z]/i.test(text) && /^[-a-z0-9.*]+$/i.test(text);
    const fix = looksLikeName
      ? `did you mean Peer.fqdn("${text}")?`
      : 'use one such as "10.0.0.0/8" or "2001:db8::/32"';
    problems.add("invalid-cidr", `"${text}" is not a CIDR block`, fix);
  }
  return undefined;
}
