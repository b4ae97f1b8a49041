import { isWorld } from "../cilium/policy/identity";
import { present } from "../common/maps";
import { ledTo } from "../scenario/flows";
import type { EndpointFacts, Flow } from "../scenario/scenario";
import { whicheverWay } from "./doubtful-wire";
import type { Kind } from "./kind";

/** Clients outside that come through a node: where Services lead them they have the node's identity, elsewhere that of the world. */
export class ThroughNodes {
  private constructor(
    /** By their places in the scenario. */
    private readonly clients: readonly (readonly [place: number, client: EndpointFacts])[],
    private readonly world: number,
  ) {}

  /** Undefined where there are none. */
  static of(endpoints: readonly EndpointFacts[]): ThroughNodes | undefined {
    const clients = [...endpoints.entries()].filter(([, { led }]) => led !== undefined);
    if (clients.length === 0) return undefined;
    return new ThroughNodes(
      clients,
      endpoints.findIndex((endpoint) => endpoint.led === undefined && isWorld(endpoint)),
    );
  }

  /**
   * Puts what is decided about them in the place of what is decided about a node.
   *
   * @param decisions Those of all sources.
   */
  lead({ kindOf, kinds }: { kindOf: Int32Array; kinds: Kind[] }, flow: Omit<Flow, "from">): void {
    for (const [place, client] of this.clients) {
      const asNode = present(kinds[kindOf[place] ?? -1], `the answer to endpoint ${place}`);
      const asWorld = kinds[kindOf[this.world] ?? -1];
      const led = ledTo(client, flow);
      const ways = led === undefined ? [asWorld] : led.missing === undefined ? [asNode] : [asNode, asWorld];
      // What a node sends for somebody else is not its own: no policy of the node's way out decides.
      const entering = ways.flatMap((kind) => (kind === undefined ? [] : [{ ...kind, egress: undefined }]));
      const [first = { ...asNode, egress: undefined }] = entering;
      kindOf[place] = kinds.push(entering.length < 2 ? first : whicheverWay(entering, led?.missing ?? "")) - 1;
    }
  }
}
