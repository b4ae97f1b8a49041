import { endpointKind, isWorld } from "../../cilium/policy/identity";
import { type Problem, problem } from "../../common/problem";
import { type Prefix, parseAddress, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import type { EndpointFacts, NamedPort, Scenario } from "../../scenario/scenario";

/** The endpoints that a user names, and a scenario that contains them. */
export interface NamedEnd {
  /** Their `id`s, in the scenario's order. */
  ids: readonly string[];
  /** The scenario; with an additional endpoint for an address or a DNS name that it lacks. */
  scenario: Scenario;
}

/**
 * The endpoints that a user means by `shop/db`, `db`, `app=db`, `shop/app=db,tier=back`, `10.0.0.5`, `api.example.com` or `world`.
 *
 * @returns a problem if no endpoint has the name, or several have it
 */
export function namedEnd(text: string, scenario: Scenario): NamedEnd | Problem {
  const { endpoints } = scenario;
  const found = (ids: readonly EndpointFacts[]): NamedEnd => ({ ids: ids.map(({ id }) => id), scenario });
  const exact = endpoints.filter(({ id }) => id === text);
  if (exact.length > 0) return found(exact);
  if (text.includes("=")) {
    const labelled = endpoints.filter((endpoint) => hasLabels(endpoint, text));
    return labelled.length > 0 ? found(labelled) : problem("no-such-endpoint", [], `no pod has the labels ${text}`);
  }
  const called = endpoints.filter(
    ({ id }) => id.slice(id.lastIndexOf("/") + 1) === text && parsePrefix(id) === undefined,
  );
  if (called.length === 1) return found(called);
  if (called.length > 1)
    return problem("ambiguous-endpoint", [], `"${text}" is ${called.map(({ id }) => id).join(" or ")}`, "say which");
  const address = parseAddress(text);
  if (address !== undefined) return atAddress(text, address, scenario);
  if (text === "world") {
    const outside = endpoints.filter(isWorld);
    if (outside.length > 0) return found(outside);
  }
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i.test(text)) return ofName(text, scenario);
  const similar = endpoints.map(({ id }) => id).filter((id) => id.includes(text));
  return problem(
    "no-such-endpoint",
    [],
    `nothing is called "${text}"`,
    similar.length > 0
      ? `did you mean ${similar.slice(0, 3).join(" or ")}?`
      : "give a name (shop/db), labels (app=db), an address, a DNS name or world",
  );
}

/** Addresses that a policy names have an endpoint; any other address gets a new one. */
function atAddress(text: string, address: Prefix, scenario: Scenario): NamedEnd {
  const same = scenario.endpoints.filter(({ ip, fqdn }) => ip === text && fqdn === undefined);
  if (same.length > 0) return { ids: same.map(({ id }) => id), scenario };
  const behind = scenario.endpoints.filter(({ fqdn }) => fqdn !== undefined).some(({ ip }) => ip === text);
  const widest = scenario.endpoints.find(({ id }) => {
    const block = parsePrefix(id);
    return block !== undefined && prefixContains(block, address);
  });
  const ports = widest?.ports ?? scenario.endpoints.find(isWorld)?.ports;
  const id = behind ? `${text} (no name)` : text;
  return withEndpoint({ id, ip: text, ...(ports !== undefined && { ports }) }, scenario);
}

function ofName(text: string, scenario: Scenario): NamedEnd {
  const name = text.toLowerCase().replace(/\.$/, "");
  const same = scenario.endpoints.filter(({ fqdn }) => fqdn?.toLowerCase().replace(/\.$/, "") === name);
  if (same.length > 0) return { ids: same.map(({ id }) => id), scenario };
  const ports = scenario.endpoints.find(isWorld)?.ports;
  return withEndpoint(
    { id: text, ip: freeAddress(scenario), fqdn: name, ...(ports !== undefined && { ports }) },
    scenario,
  );
}

/** An unused address from the block for benchmarks (RFC 2544), for an endpoint of which only the name matters. */
function freeAddress({ endpoints }: Scenario): string {
  const taken = new Set(endpoints.map(({ ip }) => ip));
  for (let last = 1; ; last++) {
    const address = `198.19.${255 - (last >> 8)}.${last & 0xff}`;
    if (!taken.has(address)) return address;
  }
}

const withEndpoint = (endpoint: EndpointFacts, scenario: Scenario): NamedEnd => ({
  ids: [endpoint.id],
  scenario: { ...scenario, endpoints: [...scenario.endpoints, endpoint] },
});

function hasLabels(endpoint: EndpointFacts, text: string): boolean {
  if (endpointKind(endpoint) !== "pod") return false;
  const slash = text.indexOf("=") > text.indexOf("/") ? text.indexOf("/") : -1;
  // Keys may contain a slash, so the part before the first slash is a namespace only if the pod is in it.
  const [namespace, pairs] = slash > 0 ? [text.slice(0, slash), text.slice(slash + 1)] : [undefined, text];
  const holds = (list: string) =>
    list.split(",").every((pair) => {
      const equals = pair.indexOf("=");
      return equals > 0 && endpoint.labels?.[pair.slice(0, equals)] === pair.slice(equals + 1);
    });
  return (namespace !== undefined && namespace === endpoint.namespace && holds(pairs)) || holds(text);
}

/** Reads a port as users write it: `5432`, `53/UDP`, `UDP/53`, `http`, `icmp`, `8/ICMP`. */
export function namedPort(text: string, ports: readonly NamedPort[] = []): { proto: string; port: number } | Problem {
  const named = ports.find(({ name }) => name !== undefined && name.toLowerCase() === text.toLowerCase());
  if (named !== undefined) return { proto: named.protocol ?? "TCP", port: named.port };
  const parts = text.split(/[/:]/);
  const number = parts.find((part) => /^\d+$/.test(part));
  const word = parts.find((part) => !/^\d+$/.test(part))?.toLowerCase();
  const proto = word === undefined ? "TCP" : protocols.find((name) => name.toLowerCase() === word);
  const type = proto === "ICMP" ? 8 : proto === "ICMPv6" ? 128 : undefined;
  const port = number === undefined ? type : Number(number);
  const most = type === undefined ? 65_535 : 255;
  const least = type === undefined ? 1 : 0;
  if (parts.length > 2 || proto === undefined || port === undefined || port < least || port > most) {
    const names = ports.flatMap(({ name }) => name ?? []);
    const also = names.length > 0 ? `, or ${names.join(" or ")}` : "";
    return problem("invalid-port", [], `"${text}" is not one of its ports`, `give 5432, 53/UDP or icmp${also}`);
  }
  return { proto, port };
}

const protocols = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"] as const;
