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
    "`externalTrafficPolicy` is `Local` or Cilium replaces kube-proxy with `loadBalancer.mode: dsr`. A policy by address does not match such a client: with native " +
    "routing it sees `remote-node`, in tunnels the world without an address.",
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
        const wrong = here.filter((led) => stateThroughNode(context, led) === (block.isDenied ? "allowed" : "denied"));
        if (wrong.length > 0) yield observation(item, block, wrong);
      }
    }
  },
};

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

/** What is decided about clients outside that come through another node; undefined where it depends on what is not known. */
function stateThroughNode({ reachability, scenario }: LintContext, led: ReplacedAddress): string | undefined {
  const world = scenario.endpoints.find(({ id }) => id === "world");
  const node = scenario.endpoints.find(
    (endpoint) => endpoint.led !== undefined && endpoint.reserved?.includes("kube-apiserver") !== true,
  );
  const ways = [led.as === "remote-node" ? undefined : world, led.as === "world" ? undefined : node];
  const states = ways.flatMap((way) =>
    way === undefined ? [] : [stateOf(reachability.verdict({ from: way.id, ...led }))],
  );
  const [first] = states;
  return states.every((state) => state === first) ? first : undefined;
}

function observation(item: PlacedItem, { cidr, path, isDenied }: Block, led: readonly ReplacedAddress[]): Observation {
  const ports = new Map<string, string[]>();
  for (const { service, proto, port } of led) append(ports, service, `${proto} ${port}`);
  const by = [...ports].map(([service, some]) => `${service} (${[...new Set(some)].join(", ")})`).join(" and ");
  const [{ as, missing } = { as: undefined, missing: undefined }] = led;
  const isSure = led.some((one) => one.missing === undefined);
  const seen = as === "world" ? "the world" : as === "remote-node" ? "that node" : "that node or the world";
  const does = !isDenied ? "admits" : item.deny ? "denies" : "leaves out";
  const are = isDenied ? "admitted" : "denied";
  return {
    policy: item.of.policy,
    path,
    ...(!isSure && { severity: Severity.Info }),
    message: isSure
      ? `this ${does} ${cidr}, but clients there that come by ${by} through another node are ${seen} to the policy, and ${are}`
      : `this ${does} ${cidr}, but clients there that come by ${by} through another node may be ${are}, since the policy may not see their address; to say so, this would have to be known: ${missing}`,
  };
}
