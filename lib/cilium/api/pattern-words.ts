import { dictionary } from "../../common/maps";

/**
 * Descriptions of the patterns in Cilium's CRDs. A pattern without one is shown as it is.
 */
const words = dictionary<string>({
  "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$":
    'a label value: letters, digits, "-", "_" or ".", alphanumeric at both ends',
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$": "the name of a CiliumCIDRGroup",
  "^([-a-zA-Z0-9_*]+[.]?)+$": 'a DNS name with "*" as wildcard',
  "^([-a-zA-Z0-9_]+[.]?)+$": "a DNS name",
  "^\\PC*$": "printable text",
});

/** The description of a CRD's pattern, such as `a DNS name`. */
export function patternWords(pattern: string): string | undefined {
  if (Object.hasOwn(words, pattern)) return words[pattern];
  if (pattern.startsWith("^(6553[0-5]|")) return "a port number from 0 to 65535 or a port's name";
  return pattern.includes("|EchoReply|") ? "a type of ICMP, by its number or its name" : undefined;
}
