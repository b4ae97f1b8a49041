import { append } from "../../common/maps";
import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { stateOf } from "../../reachability/verdict";
import type { ReplacedAddress } from "../../scenario/lint-facts";
import { clusterRangeOf } from "../cluster-ranges";
import { type LintContext, type PlacedItem, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { isAboutPort } from "../rule-ports";

export const replacedAddress: LintRule = {
  id: "replaced-address",
  severity: Severity.Warning,
  title: "A block of clients whose address a node replaces",
  why:
    "Behind a NodePort, a LoadBalancer or `externalIPs`, a node that does not run the pod puts its own address in place of the client's, unless " +
    "`externalTrafficPolicy` is `Local` or Cilium replaces kube-proxy with `loadBalancer.mode: dsr`; kube-proxy does so on the pod's own node, too. No block matches " +
    "such a client: in tunnels and on its own node the pod's policy sees the world without an address, with native routing `remote-node`. Measured on a live cluster.",
  fix: "Set `externalTrafficPolicy: Local` on the Service, or `loadBalancer.mode: dsr` where Cilium replaces kube-proxy.",
  *check(context) {
    const { replacedAddresses = [] } = context.facts;
    if (replacedAddresses.length === 0) return;
    for (const item of context.items) {
      if (item.direction !== "ingress") continue;
      const ids = new Set(item.of.subjects.map(({ facts }) => facts.id));
      const here = replacedAddresses.filter((led) => ids.has(led.to) && isAboutPort(item, led));
      if (here.length === 0) continue;
      for (const block of blocksOf(item)) {
        const wrong = here.flatMap((led) => {
          const gets = block.isDenied ? "allowed" : "denied";
          const other = stateAs(context, led.as, led) === gets;
          const own = led.atOwnNode === true && stateAs(context, "world", led) === gets;
          return other || own ? [{ led, other, own }] : [];
        });
        if (wrong.length > 0) yield observation(item, block, wrong);
      }
    }
  },
};

/** A port where a block is not what decides, through which nodes. */
interface Wrong {
  led: ReplacedAddress;
  other: boolean;
  own: boolean;
}

/** A block that an item admits, or denies. */
interface Block {
  cidr: string;
  path: Observation["path"];
  /** By a rule that denies, or as what a rule that admits leaves out. */
  isDenied: boolean;
}

function* blocksOf(item: PlacedItem): Iterable<Block> {
  for (const [index, cidr] of (item.cidrs ?? []).entries())
    yield* outside({ cidr, path: [...peerPath(item, "cidrs"), index], isDenied: item.deny });
  for (const [index, { cidr = "", except = [] }] of (item.cidrSets ?? []).entries()) {
    const path = [...peerPath(item, "cidrSets"), index];
    yield* outside({ cidr, path: [...path, "cidr"], isDenied: item.deny });
    if (item.deny) continue;
    for (const [at, one] of except.entries())
      yield* outside({ cidr: one, path: [...path, "except", at], isDenied: true });
  }
}

/** A block of clients outside. One that holds everybody tells no addresses apart, and the cluster's own come by no such Service. */
function outside(block: Block): Block[] {
  const prefix = parsePrefixOrAddress(block.cidr);
  return prefix === undefined || prefix.bits === 0 || clusterRangeOf(prefix) !== undefined ? [] : [block];
}

/** What is decided about clients outside that have that identity; undefined where it depends on what is not known. */
function stateAs(
  { reachability, scenario }: LintContext,
  as: ReplacedAddress["as"],
  at: ReplacedAddress,
): string | undefined {
  const world = scenario.endpoints.find(({ id }) => id === "world");
  const node = scenario.endpoints.find(
    (endpoint) => endpoint.led !== undefined && endpoint.reserved?.includes("kube-apiserver") !== true,
  );
  const ways = [as === "remote-node" ? undefined : world, as === "world" ? undefined : node];
  const states = ways.flatMap((way) =>
    way === undefined ? [] : [stateOf(reachability.verdict({ from: way.id, ...at }))],
  );
  const [first] = states;
  return states.every((state) => state === first) ? first : undefined;
}

function observation(item: PlacedItem, { cidr, path, isDenied }: Block, wrong: readonly Wrong[]): Observation {
  const ports = new Map<string, string[]>();
  for (const { led } of wrong) append(ports, led.service, `${led.proto} ${led.port}`);
  const by = [...ports].map(([service, some]) => `${service} (${[...new Set(some)].join(", ")})`).join(" and ");
  const missing = wrong.map(({ led }) => led.missing);
  const isSure = missing.includes(undefined);
  const own = wrong.some((one) => one.own);
  const other = wrong.some((one) => one.other);
  const through = !own ? "another node" : other ? "a node" : "the node of the pod";
  const seen = new Set<ReplacedAddress["as"]>([
    ...(own ? (["world"] as const) : []),
    ...wrong.flatMap(({ led, other }) => (other ? [led.as] : [])),
  ]);
  const isNode = seen.has("remote-node") || seen.has(undefined);
  const isWorld = seen.has("world") || seen.has(undefined);
  const are = [...(isNode ? ["that node"] : []), ...(isWorld ? ["the world"] : [])].join(" or ");
  const does = !isDenied ? "admits" : item.deny ? "denies" : "leaves out";
  const get = isDenied ? "admitted" : "denied";
  return {
    policy: item.of.policy,
    path,
    ...(!isSure && { severity: Severity.Info }),
    message: isSure
      ? `this ${does} ${cidr}, but clients there that come by ${by} through ${through} are ${are} to the policy, and ${get}`
      : `this ${does} ${cidr}, but clients there that come by ${by} through ${through} may be ${get}, since the policy may not see their address; to say so, this would have to be known: ${missing[0]}`,
  };
}
