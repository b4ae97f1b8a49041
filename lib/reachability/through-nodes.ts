import { isWorld } from "../cilium/policy/identity";
import { getOrMake, present } from "../common/maps";
import { forwardedPort, forwardedPorts, seenAs } from "../scenario/flows";
import type { EndpointFacts, Flow, LedTo, SeenAs } from "../scenario/scenario";
import { whicheverWay } from "./doubtful-wire";
import { type Kind, opennessOf } from "./kind";

/** By its place in the scenario, one such client, and where who it is elsewhere stands. */
interface Client {
  place: number;
  facts: EndpointFacts;
  otherwise: number;
}

/** Clients outside that come through a node: where Services lead them they are whom the policy sees in their place, elsewhere who they are. */
export class ThroughNodes {
  private constructor(
    private readonly clients: readonly Client[],
    private readonly world: number,
    /** Whether a Service leads some of them to a port. */
    readonly areLed: (port: PortOfTarget) => boolean,
  ) {}

  /** Undefined where there are none. */
  static of(endpoints: readonly EndpointFacts[]): ThroughNodes | undefined {
    if (!endpoints.some(({ led }) => led !== undefined)) return undefined;
    const world = endpoints.findIndex((endpoint) => endpoint.led === undefined && isWorld(endpoint));
    const places = new Map(endpoints.map(({ id }, place) => [id, place]));
    const clients = [...endpoints.entries()].flatMap(([place, facts]): Client[] => {
      if (facts.led === undefined) return [];
      const otherwise = facts.otherwise === undefined ? world : (places.get(facts.otherwise) ?? world);
      return [{ place, facts, otherwise }];
    });
    return new ThroughNodes(clients, world, forwardedPorts(endpoints));
  }

  /**
   * Puts what is decided about them in the place of what is decided about a node.
   *
   * @param decisions Those of all sources.
   */
  lead({ kindOf, kinds }: { kindOf: Int32Array; kinds: Kind[] }, flow: PortOfTarget): void {
    const world = kindOf[this.world] ?? -1;
    // There may be hundreds of blocks, of which most are answered alike.
    const known = new Map<EndpointFacts["led"], { led: LedTo | undefined; made: Map<string, number> }>();
    for (const { place, facts, otherwise } of this.clients) {
      const { led, made } = getOrMake(known, facts.led, () => ({ led: forwardedPort(facts, flow), made: new Map() }));
      const by: Record<SeenAs, number> = {
        node: kindOf[place] ?? -1,
        world,
        themselves: kindOf[otherwise] ?? -1,
      };
      kindOf[place] = getOrMake(made, `${by.node} ${by.themselves}`, () => this.come(by, led, kinds));
    }
  }

  /** @returns The number of what is decided about clients that may be seen as those. */
  private come(by: Record<SeenAs, number>, led: LedTo | undefined, kinds: Kind[]): number {
    const asNode = present(kinds[by.node], "the answer to a node");
    // What a node sends for somebody else is not its own: no policy of the node's way out decides.
    const entering = (as: SeenAs): Kind[] => {
      const kind = kinds[by[as]];
      return kind === undefined ? [] : [{ ...kind, egress: undefined }];
    };
    const ways = seenAs(led).flatMap(entering);
    const [first = { ...asNode, egress: undefined }] = ways;
    const come = ways.length < 2 ? first : whicheverWay(ways, led?.missing ?? "");
    const [stay = come] = led?.isGone ? entering("themselves") : [];
    return kinds.push(opennessOf(stay) < opennessOf(come) ? stay : come) - 1;
  }
}

type PortOfTarget = Pick<Flow, "to" | "proto" | "port">;
