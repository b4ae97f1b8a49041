import { type Prefix, parsePrefix } from "./cidr";

/**
 * An address block as the API server has always taken it (`ParseCIDRSloppy` of k8s.io/utils): numbers may have leading zeros. Host bits may be
 * set, and are masked away.
 */
export function parseSloppyCidr(text: string): Prefix | undefined {
  return parsePrefix(text.replaceAll(/(^|[.:/])0+(?=[0-9a-fA-F])/g, "$1"));
}
