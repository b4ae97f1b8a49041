import { isWorld } from "../../cilium/policy/identity";
import { getOrMake, present } from "../../common/maps";
import { forwardedPort, forwardedPorts, seenAs } from "../../scenario/flows";
import type { EndpointFacts, Flow, ForwardedPort, SeenAs } from "../../scenario/scenario";
import { type FlowDecision, opennessOf } from "./flow-decision";
import { joinFlowDecisions } from "./uncertain-wire";

/** Such a client, by index in the scenario. */
interface Client {
  place: number;
  facts: EndpointFacts;
  /** The index of the endpoint that it is on ports which no Service forwards. */
  block: number;
}

/**
 * Clients outside the cluster that come through a node. On ports that a Service forwards, policies see them in another identity; on all others, in
 * their own.
 */
export class ThroughNodes {
  private constructor(
    private readonly clients: readonly Client[],
    private readonly world: number,
    /** Whether a Service forwards some of them to a port. */
    readonly isForwarded: (port: TargetPort) => boolean,
  ) {}

  /** Undefined if there are none. */
  static of(endpoints: readonly EndpointFacts[]): ThroughNodes | undefined {
    if (!endpoints.some(({ forwardedTo }) => forwardedTo !== undefined)) return undefined;
    const world = endpoints.findIndex((endpoint) => endpoint.forwardedTo === undefined && isWorld(endpoint));
    const places = new Map(endpoints.map(({ id }, place) => [id, place]));
    const clients = [...endpoints.entries()].flatMap(([place, facts]): Client[] => {
      if (facts.forwardedTo === undefined) return [];
      const block = facts.block === undefined ? world : (places.get(facts.block) ?? world);
      return [{ place, facts, block }];
    });
    return new ThroughNodes(clients, world, forwardedPorts(endpoints));
  }

  /**
   * Replaces the decisions about a node by those about the clients that come through it.
   *
   * @param decisions The decisions about all sources, which it changes.
   */
  replaceIn({ kindOf, kinds }: { kindOf: Int32Array; kinds: FlowDecision[] }, port: TargetPort): void {
    const world = kindOf[this.world] ?? -1;
    // There may be hundreds of blocks, most of which share a decision.
    const known = new Map<
      EndpointFacts["forwardedTo"],
      { forwarded: ForwardedPort | undefined; decided: Map<string, number> }
    >();
    for (const { place, facts, block } of this.clients) {
      const { forwarded, decided } = getOrMake(known, facts.forwardedTo, () => ({
        forwarded: forwardedPort(facts, port),
        decided: new Map(),
      }));
      const by: Record<SeenAs, number> = {
        node: kindOf[place] ?? -1,
        world,
        themselves: kindOf[block] ?? -1,
      };
      kindOf[place] = getOrMake(decided, `${by.node} ${by.themselves}`, () => this.decide(by, forwarded, kinds));
    }
  }

  /** @returns the index in `kinds` of the decision about clients that a policy may see in these identities. */
  private decide(by: Record<SeenAs, number>, forwarded: ForwardedPort | undefined, kinds: FlowDecision[]): number {
    const asNode = present(kinds[by.node], "the answer to a node");
    // The node's egress policies do not apply to traffic that it forwards.
    const entering = (as: SeenAs): FlowDecision[] => {
      const decision = kinds[by[as]];
      return decision === undefined ? [] : [{ ...decision, egress: undefined }];
    };
    const possible = seenAs(forwarded).flatMap(entering);
    const [first = { ...asNode, egress: undefined }] = possible;
    const throughService = possible.length < 2 ? first : joinFlowDecisions(possible, forwarded?.missing ?? "");
    const [asThemselves = throughService] = forwarded?.isGone ? entering("themselves") : [];
    const lesser = opennessOf(asThemselves) < opennessOf(throughService) ? asThemselves : throughService;
    return kinds.push(lesser) - 1;
  }
}

type TargetPort = Pick<Flow, "to" | "proto" | "port">;
