import { NOBODY } from "../cilium/policy/decision";
import { AGGREGATES, type Aggregate } from "../cilium/policy/identity";
import type { MapItem } from "../cilium/policy/lookup";
import { type Decider, decide } from "../cilium/policy/model";
import type { Models } from "../cilium/policy/models";
import type { Endpoint } from "../cilium/policy/population";
import { EndpointPolicy } from "../cilium/policy/subject";
import { append, getOrMake, present } from "../common/maps";
import { PROTOCOL_NUMBERS } from "../kubernetes/ports";
import { type Wire, wireOf } from "../linkerd/wire/wire";
import type { EndpointMesh, Flow, FrontendFacts, Scenario } from "../scenario/scenario";
import type { AuthorizationModel } from "./authorization";
import { missingMesh, waysOf, whicheverWay } from "./doubtful-wire";
import { Frontends } from "./frontends";
import type { Kind } from "./kind";
import { ledDecisions } from "./led-decisions";
import type { LinkerdDecision } from "./linkerd-decision";
import { Numbers, Pairs } from "./numbers";
import { PortClasses } from "./port-classes";
import type { SourceDecisions } from "./source-decisions";
import { ThroughNodes } from "./through-nodes";
import type { PortOfFlow } from "./verdict";

/** The endpoints as sources. Those of one class differ for a target in nothing but their identities. */
interface Sources {
  deciders: readonly Decider[];
  /** By identity, the deciders (as places) that have a rule for it. */
  concerned: ReadonlyMap<number, readonly number[]>;
  /** Every sidecar that is set in its own way, and none where an endpoint has none. */
  meshes: readonly (EndpointMesh | undefined)[];
  /** By place in the scenario, the places in {@link deciders} and {@link meshes}. */
  deciderOf: Int32Array;
  meshOf: Int32Array;
  identityOf: Int32Array;
}

/** What is decided about one target at the ways out. */
interface Leaving {
  /** By decider, the number of the decision. */
  numbers: Int32Array;
  /** Equal only for equal numbers. */
  key: string;
}

/** 32 MB of numbers. */
const MOST_CELLS = 8_000_000;

/**
 * Sorts sources into classes that share a decision, without deciding about each: a source's own policies say the same about every target
 * that they have no rule for, the target's policy is asked once per identity, and for every pair only numbers are looked up.
 */
export class SourceClasses {
  private known: Sources | undefined;
  private readonly byPort = new Map<string, Int32Array>();
  private readonly byAggregate = new Map<Aggregate, PortClasses>();
  private readonly byDecider = new Map<Decider, PortClasses>();
  private readonly byIdentity = new Map<number, PortClasses>();
  private readonly byItems = new Map<readonly MapItem[], PortClasses>();
  private readonly byProxies = new Numbers<LinkerdDecision | undefined>();
  private readonly deciding = new Numbers<Decider>();
  private readonly lists = new Numbers<Int32Array | undefined>();
  /** What targets share that are decided about alike: all pods that no manifest names and no policy tells apart. */
  private readonly shared = new Map<string, SourceDecisions>();
  private readonly throughNodes: ThroughNodes | undefined;

  constructor(
    private readonly model: Models,
    private readonly scenario: Scenario,
    private readonly meshed: boolean,
    private readonly authorization: AuthorizationModel | undefined,
    private readonly frontends: Frontends = new Frontends(scenario),
  ) {
    this.throughNodes = ThroughNodes.of(scenario.endpoints);
  }

  of(to: string, { proto, port }: PortOfFlow): SourceDecisions {
    const front = this.frontends.at({ to, proto, port });
    return front === undefined ? this.direct(to, { proto, port }) : this.led(front, to);
  }

  private led(front: FrontendFacts, to: string): SourceDecisions {
    const behind = front.backends.map((backend) =>
      this.direct(backend.to, { proto: front.proto, port: backend.port }, true),
    );
    const leads = this.scenario.endpoints.map(({ id }) => this.frontends.leadsFrom(id));
    return ledDecisions(front, leads, this.direct(to, front), behind);
  }

  /** @param isPlain Whether no proxy of the client has to do with it. */
  private direct(to: string, { proto, port }: PortOfFlow, isPlain = false): SourceDecisions {
    const target = this.model.endpoint(to);
    const protocol = PROTOCOL_NUMBERS.get(proto.toLowerCase());
    const { length } = this.scenario.endpoints;
    if (target === undefined || protocol === undefined) return { kindOf: new Int32Array(length), kinds: [] };
    if (target.facts.led !== undefined) return { kindOf: new Int32Array(length).fill(-1), kinds: [] };

    const { meshes, meshOf, deciderOf, identityOf } = this.sources();
    const wires = new Numbers<string>();
    const gate = this.authorization?.gate(target.facts, proto, port);
    const clientOf = this.authorization?.clients.clientOf;
    const leaving = new Map<number, Leaving>();
    const own = this.model.decider(target, "ingress");
    const ways = meshes.map((mesh) => {
      const wire = this.wire(proto, port, isPlain ? undefined : mesh, target);
      const onWire = wire?.port ?? port;
      const text = wire === undefined ? "" : JSON.stringify(wire);
      return {
        wire,
        text,
        onWire,
        isDoubted: missingMesh({ from: isPlain ? undefined : mesh, to: target.facts.mesh }) !== undefined,
        wireNumber: wire === undefined ? 0 : wires.of(text),
        leaves: getOrMake(leaving, onWire, () => this.leaving(target, protocol, onWire)),
        admits: wire === undefined || wire.refused !== undefined ? undefined : gate?.numbers(wire),
      };
    });
    // What a client does of which it is not known whether it is meshed depends on whom it calls, and so it does where some come through a node.
    const isOwn = ways.some(({ isDoubted }) => isDoubted);
    const isLed = this.throughNodes?.areLed({ to, proto, port }) === true;
    const each = ways.map(({ text, onWire, leaves, admits }) => [text, onWire, leaves.key, this.lists.of(admits)]);
    const alike = isOwn ? undefined : JSON.stringify([this.deciding.of(own), protocol, each, isLed && [to, port]]);
    const known = alike === undefined ? undefined : this.shared.get(alike);
    if (known !== undefined) return known;
    const entering = new Map<number, Int32Array>();
    const perMesh = ways.map((way) => ({
      ...way,
      enters: getOrMake(entering, way.onWire, () => this.entering(own, protocol, way.onWire)),
    }));
    const { decisions } = this.model;
    const admitting = (this.authorization?.lastNumber ?? NOBODY) + 1;
    const ends = new Pairs(decisions.last + 1);
    const whole = new Pairs(admitting * (wires.count + 1));
    const numbers: number[] = [];
    const kindOf = new Int32Array(length);
    const kinds: Kind[] = [];
    const doubted = new Map<string, number>();
    for (let place = 0; place < kindOf.length; place++) {
      // The text is no template: to make one for every cell would take as long as the rest.
      const way = present(perMesh[meshOf[place] ?? -1], "the sidecar of a source");
      if (way.isDoubted) {
        const { id } = present(this.scenario.endpoints[place], `endpoint ${place}`);
        const from = present(this.model.endpoint(id), `endpoint ${id}`);
        const doubt = this.doubtedWays(from, target, { from: id, to, proto, port });
        kindOf[place] = getOrMake(doubted, doubt.key, () => kinds.push(whicheverWay(doubt.ways, doubt.missing)) - 1);
        continue;
      }
      const { wire, wireNumber } = way;
      // What is not known stays 0, for which there is no decision to look up.
      const leaves = way.leaves.numbers[deciderOf[place] ?? -1] ?? 0;
      const enters = way.enters[identityOf[place] ?? -1] ?? 0;
      const admits = way.admits === undefined ? NOBODY : (way.admits[clientOf?.[place] ?? -1] ?? 0);
      const number = whole.of(ends.of(leaves, enters), wireNumber * admitting + admits);
      numbers[number] ??=
        kinds.push({
          egress: decisions.at(leaves),
          ingress: decisions.at(enters),
          wire,
          linkerd: admits === NOBODY ? undefined : this.authorization?.decision(admits),
        }) - 1;
      kindOf[place] = numbers[number];
    }
    this.throughNodes?.lead({ kindOf, kinds }, { to, proto, port });
    if (alike !== undefined) this.share(alike, { kindOf, kinds });
    return { kindOf, kinds };
  }

  /** Where hardly any target is like another, what is kept has a bound. */
  private share(key: string, decisions: SourceDecisions): void {
    if ((this.shared.size + 1) * decisions.kindOf.length > MOST_CELLS) this.shared.clear();
    this.shared.set(key, decisions);
  }

  /** What is decided whichever way a request travels of which that is not known. */
  whicheverWay(from: Endpoint, to: Endpoint, flow: Flow): Kind {
    const { ways, missing } = this.doubtedWays(from, to, flow);
    return whicheverWay(ways, missing);
  }

  /** @returns what is decided in each way, and a text that is equal for sources of which the same is. */
  private doubtedWays(from: Endpoint, to: Endpoint, flow: Flow): { ways: Kind[]; missing: string; key: string } {
    const { proto, port } = flow;
    const request = { proto, port, from: from.facts.mesh, to: to.facts.mesh };
    const protocol = present(PROTOCOL_NUMBERS.get(proto.toLowerCase()), `the number of protocol ${proto}`);
    const missing = missingMesh(request) ?? "";
    const numbers: unknown[] = [];
    const ways = waysOf(request, this.scenario.mesh?.transportMode).map(({ wire, isJudged }): Kind => {
      const egress = decide(this.model.decider(from, "egress"), to.identity, protocol, wire.port);
      const ingress = decide(this.model.decider(to, "ingress"), from.identity, protocol, wire.port);
      const linkerd =
        isJudged && wire.refused === undefined ? this.authorization?.decide(to.facts, flow, wire) : undefined;
      numbers.push(egress?.number, ingress?.number, this.byProxies.of(linkerd), wire);
      return { egress, ingress, wire, linkerd };
    });
    return { ways, missing, key: JSON.stringify([missing, numbers]) };
  }

  /**
   * The ports of an endpoint in classes: by its own policy, and by the policies of all that may connect to it.
   *
   * @param from Only these connect to it. Default: all.
   */
  portClasses(to: string, from?: Iterable<string>): PortClasses {
    const target = this.model.endpoint(to);
    const found = this.leavingTheCluster(target);
    if (target === undefined) return found;
    const aggregate = this.model.aggregate(target.identity);
    const own = this.model.decider(target, "ingress");
    const byOwn = getOrMake(this.byDecider, own, () =>
      this.classesOf(own instanceof EndpointPolicy ? own.lists() : []),
    );
    if (from !== undefined) {
      const senders = [...from].flatMap((id) => this.model.endpoint(id) ?? []);
      const deciding = [...new Set(senders.map((sender) => this.model.decider(sender, "egress")))];
      const lists = deciding.flatMap((one) => [itemsOf(one, aggregate), itemsOf(one, target.identity)]);
      return found.addAll([byOwn, this.classesOf(lists)]);
    }
    const { deciders, concerned } = this.sources();
    const others = getOrMake(this.byAggregate, aggregate, () =>
      this.classesOf(deciders.map((decider) => itemsOf(decider, aggregate))),
    );
    const sources = getOrMake(this.byIdentity, target.identity, () =>
      this.classesOf((concerned.get(target.identity) ?? []).map((place) => itemsOf(deciders[place], target.identity))),
    );
    return found.addAll([byOwn, others, sources]);
  }

  /** The ports of an endpoint in classes, by the policy of one end and for one source. */
  portClassesAt(direction: "ingress" | "egress", from: string, to: string): PortClasses {
    const [source, target] = [this.model.endpoint(from), this.model.endpoint(to)];
    if (source === undefined || target === undefined) return new PortClasses();
    const [own, peer] = direction === "ingress" ? [target, source] : [source, target];
    const decider = this.model.decider(own, direction);
    const aggregate = this.model.aggregate(peer.identity);
    const byPolicy = this.classesOf([itemsOf(decider, aggregate), itemsOf(decider, peer.identity)]);
    return this.leavingTheCluster(target).addAll([byPolicy]);
  }

  /** What Linkerd tells apart of connections that leave the cluster. */
  private leavingTheCluster(target: Endpoint | undefined): PortClasses {
    const ports = target && this.authorization?.portsOutside(target.facts);
    return ports === undefined ? new PortClasses() : new PortClasses().addTcp(ports);
  }

  /** Many endpoints share a list. */
  private classesOf(lists: Iterable<readonly MapItem[]>): PortClasses {
    const each = [...new Set(lists)].map((items) =>
      getOrMake(this.byItems, items, () => new PortClasses().addList(items)),
    );
    return new PortClasses().addAll(each);
  }

  private wire(proto: string, port: number, from: EndpointMesh | undefined, { facts }: Endpoint): Wire | undefined {
    if (!this.meshed) return undefined;
    return wireOf({ proto, port, from, to: facts.mesh }, this.scenario.mesh?.transportMode);
  }

  /** What each decider decides about the target. */
  private leaving({ identity }: Endpoint, protocol: number, port: number): Leaving {
    const { deciders, concerned } = this.sources();
    const others = this.leavingToOthers(this.model.aggregate(identity), protocol, port);
    const places = concerned.get(identity);
    if (places === undefined) return { numbers: others, key: `${this.lists.of(others)}` };
    const numbers = others.slice();
    const own = places.map((place) => {
      const number = decide(deciders[place], identity, protocol, port)?.number ?? NOBODY;
      numbers[place] = number;
      return `${place} ${number}`;
    });
    return { numbers, key: `${this.lists.of(others)} ${own.join()}` };
  }

  private leavingToOthers(aggregate: Aggregate, protocol: number, port: number): Int32Array {
    return getOrMake(this.byPort, `${AGGREGATES.indexOf(aggregate)} ${protocol} ${port}`, () =>
      Int32Array.from(this.sources().deciders, (decider) =>
        decider instanceof EndpointPolicy
          ? decider.decideOthers(aggregate, protocol, port).number
          : (decider?.number ?? NOBODY),
      ),
    );
  }

  /** By identity, the number of what a target's policy decides about it. */
  private entering(decider: Decider, protocol: number, port: number): Int32Array {
    if (decider instanceof EndpointPolicy) return decider.decisions(protocol, port);
    return new Int32Array(this.model.identities.length).fill(decider?.number ?? NOBODY);
  }

  private sources(): Sources {
    this.known ??= this.classify();
    return this.known;
  }

  private classify(): Sources {
    const deciders = new Numbers<Decider>();
    const numbers = new Numbers<string>();
    const meshes: (EndpointMesh | undefined)[] = [];
    const ends = this.scenario.endpoints.map(({ id }) => present(this.model.endpoint(id), `endpoint ${id}`));
    const deciderOf = Int32Array.from(ends, (end) => deciders.of(this.model.decider(end, "egress")));
    const meshOf = Int32Array.from(ends, ({ facts: { mesh } }) => {
      const number = numbers.of(JSON.stringify(mesh) ?? "");
      meshes[number] = mesh;
      return number;
    });
    const concerned = new Map<number, number[]>();
    for (const [place, decider] of deciders.values().entries()) {
      if (!(decider instanceof EndpointPolicy)) continue;
      for (const identity of decider.selected) append(concerned, identity, place);
    }
    return {
      deciders: deciders.values(),
      concerned,
      meshes,
      deciderOf,
      meshOf,
      identityOf: Int32Array.from(ends, ({ identity }) => identity),
    };
  }
}

const NO_ITEMS: readonly MapItem[] = [];
const itemsOf = (decider: Decider, peer: Aggregate | number): readonly MapItem[] =>
  decider instanceof EndpointPolicy ? decider.itemsOf(peer) : NO_ITEMS;
