import { type Prefix, parseAddress, parsePrefix } from "../../../kubernetes/cidr";
import type { Problems } from "../problems";
import { describe } from "./shape";

/** Parses `10.0.0.0/8`, or reports what is wrong with it and the closest valid notation. */
export function readCidr(text: unknown, problems: Problems): Prefix | undefined {
  if (typeof text !== "string" || text === "") {
    problems.add(`Expected a CIDR block such as "10.0.0.0/8", got ${text === "" ? "nothing" : describe(text)}.`);
    return undefined;
  }
  const block = parsePrefix(text);
  if (block) return block;
  const [head = "", mask] = text.split("/");
  const address = parseAddress(head);
  if (address && mask === undefined) {
    problems.add(`CIDR mask is missing in "${text}". Did you mean "${text}/${address.bits}"?`);
  } else if (address) {
    problems.add(`The CIDR mask in "${text}" must be 0 to ${address.bits}. Did you mean "${head}/${address.bits}"?`);
  } else {
    const looksLikeName = /[a-z]/i.test(text) && /^[-a-z0-9.*]+$/i.test(text);
    const fix = looksLikeName ? ` Did you mean Peer.fqdn("${text}")?` : "";
    problems.add(`"${text}" is not a CIDR block such as "10.0.0.0/8" or "2001:db8::/32".${fix}`);
  }
  return undefined;
}
