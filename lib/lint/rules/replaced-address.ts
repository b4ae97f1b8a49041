import { append } from "../../common/maps";
import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { stateOf } from "../../reachability/verdict";
import type { ReplacedAddress } from "../../scenario/lint-facts";
import { clusterRangeOf } from "../cluster-ranges";
import { type LintContext, type PlacedItem, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { matchesPort } from "../rule-ports";
import { servicePorts } from "../text";

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
      const here = replacedAddresses.filter((forwarded) => ids.has(forwarded.to) && matchesPort(item, forwarded));
      if (here.length === 0) continue;
      for (const block of blocksOf(item)) {
        const ignored = here.flatMap((forwarded) => {
          const opposite = block.isDenied ? "allowed" : "denied";
          const other = stateAs(context, forwarded.as, forwarded) === opposite;
          const own = forwarded.atOwnNode === true && stateAs(context, "world", forwarded) === opposite;
          return other || own ? [{ forwarded, other, own }] : [];
        });
        if (ignored.length > 0) yield observation(item, block, ignored);
      }
    }
  },
};

/** A port at which a block does not decide about its clients. */
interface IgnoredBlock {
  forwarded: ReplacedAddress;
  /** Through a node that does not run the pod. */
  other: boolean;
  /** Through the pod's own node. */
  own: boolean;
}

/** A block that an item admits, or denies. */
interface Block {
  cidr: string;
  path: Observation["path"];
  /** Whether a deny rule names it, or an allow rule excludes it. */
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

/** The block, if it is of some clients outside. A block of all addresses distinguishes none, and the cluster's own clients do not come through nodes. */
function outside(block: Block): Block[] {
  const prefix = parsePrefixOrAddress(block.cidr);
  return prefix === undefined || prefix.bits === 0 || clusterRangeOf(prefix) !== undefined ? [] : [block];
}

/** The state of clients outside in that identity; undefined if it depends on an unknown fact. */
function stateAs(
  { reachability, scenario }: LintContext,
  as: ReplacedAddress["as"],
  at: ReplacedAddress,
): string | undefined {
  const world = scenario.endpoints.find(({ id }) => id === "world");
  const node = scenario.endpoints.find(
    (endpoint) => endpoint.forwardedTo !== undefined && endpoint.reserved?.includes("kube-apiserver") !== true,
  );
  const seenAs = [as === "remote-node" ? undefined : world, as === "world" ? undefined : node];
  const states = seenAs.flatMap((endpoint) =>
    endpoint === undefined ? [] : [stateOf(reachability.verdict({ from: endpoint.id, ...at }))],
  );
  const [first] = states;
  return states.every((state) => state === first) ? first : undefined;
}

function observation(item: PlacedItem, { cidr, path, isDenied }: Block, ignored: readonly IgnoredBlock[]): Observation {
  const ports = new Map<string, string[]>();
  for (const { forwarded } of ignored) append(ports, forwarded.service, `${forwarded.proto} ${forwarded.port}`);
  const by = [...ports].map(([service, some]) => `${service} (${[...new Set(some)].join(", ")})`).join(" and ");
  const missing = ignored.map(({ forwarded }) => forwarded.missing);
  const isSure = missing.includes(undefined);
  const own = ignored.some((one) => one.own);
  const other = ignored.some((one) => one.other);
  const through = !own ? "another node" : other ? "a node" : "the node of the pod";
  const seen = new Set<ReplacedAddress["as"]>([
    ...(own ? (["world"] as const) : []),
    ...ignored.flatMap(({ forwarded, other }) => (other ? [forwarded.as] : [])),
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
    data: { cidr, isDenied, services: servicePorts(ports), own, other, seenAs: [...seen].map(String), isSure },
    message: isSure
      ? `this ${does} ${cidr}, but clients there that come by ${by} through ${through} are ${are} to the policy, and ${get}`
      : `this ${does} ${cidr}, but clients there that come by ${by} through ${through} may be ${get}, because the policy may not see their address; this depends on ${missing[0]}`,
  };
}
