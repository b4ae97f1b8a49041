import { type Prefix, parseAddress, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import { DecodeError, type Decoder, list, object, optional, string } from "./decode";

/** Addresses in a block, and in none of the excepted ones. */
export interface Network {
  cidr: Prefix;
  except: readonly Prefix[];
}

/** A block or a single address. Host bits may be set; an IPv4-mapped address (`::ffff:…`) counts as IPv6. */
const cidr: Decoder<Prefix> = (value, path) => {
  const text = string(value, path);
  // Leading zeros in decimal numbers are allowed in blocks, but not in addresses.
  const block = /^[0-9.]{0,15}\/\d{1,3}$/.test(text) && !/\d{4}/.test(text) ? text.replaceAll(/\b0+(?=\d)/g, "") : text;
  const prefix = text.includes("/") ? parsePrefix(block) : parseAddress(text);
  if (prefix === undefined) throw new DecodeError(path, `"${text}" is neither an address nor a block of addresses`);
  return prefix;
};

const shape = object({ cidr, except: optional(list(cidr)) });

export const network: Decoder<Network> = (value, path) => {
  const { cidr: block, except } = shape(value, path);
  return { cidr: block, except: except ?? [] };
};

export function parseNetwork(text: string): Network {
  return { cidr: cidr(text, ""), except: [] };
}

export const EVERYWHERE: readonly Network[] = [parseNetwork("0.0.0.0/0"), parseNetwork("::/0")];

export function networkContains({ cidr: block, except }: Network, address: Prefix): boolean {
  return prefixContains(block, address) && !except.some((excepted) => prefixContains(excepted, address));
}
