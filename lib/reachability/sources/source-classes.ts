import { NO_DECISION } from "../../cilium/policy/decision";
import { AGGREGATES, type Aggregate } from "../../cilium/policy/identity";
import type { MapItem } from "../../cilium/policy/lookup";
import { type Decider, decide } from "../../cilium/policy/model";
import type { Models } from "../../cilium/policy/models";
import type { Endpoint } from "../../cilium/policy/population";
import { EndpointPolicy } from "../../cilium/policy/subject";
import { getOrMake, present } from "../../common/maps";
import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import { type Wire, wireOf } from "../../linkerd/wire/wire";
import type { EndpointMesh, Flow, FrontendFacts, Scenario } from "../../scenario/scenario";
import type { AuthorizationModel } from "../linkerd/authorization";
import type { LinkerdDecision } from "../linkerd/linkerd-decision";
import { PortClasses } from "../port-classes";
import type { PortOfFlow } from "../verdict";
import type { FlowDecision } from "./flow-decision";
import { type Sources, sourcesOf } from "./flow-sources";
import { frontendDecisions } from "./frontend-decisions";
import { Frontends } from "./frontends";
import { Numbers, Pairs } from "./numbers";
import type { SourceDecisions } from "./source-decisions";
import { ThroughNodes } from "./through-nodes";
import { joinFlowDecisions, missingForWire, possibleWires } from "./uncertain-wire";

/** The egress decisions about one target. */
interface EgressDecisions {
  /** By decider, the number of the decision. */
  numbers: Int32Array;
  /** Equal only for equal numbers. */
  key: string;
}

/** The limit of the cache: 32 MB of numbers. */
const MOST_CELLS = 8_000_000;

/**
 * Groups sources into classes that share a decision, without deciding about each of them. A source's policies decide alike about all targets that they
 * have no rule for, the target's policy decides once per identity, and each pair costs only a look-up of numbers.
 */
export class SourceClasses {
  private known: Sources | undefined;
  private readonly byPort = new Map<string, Int32Array>();
  private readonly byAggregate = new Map<Aggregate, PortClasses>();
  private readonly byDecider = new Map<Decider, PortClasses>();
  private readonly byIdentity = new Map<number, PortClasses>();
  private readonly byItems = new Map<readonly MapItem[], PortClasses>();
  private readonly linkerdNumbers = new Numbers<LinkerdDecision | undefined>();
  private readonly deciderNumbers = new Numbers<Decider>();
  private readonly listNumbers = new Numbers<Int32Array | undefined>();
  /** Decisions by everything that they depend on. Targets that no policy distinguishes, such as pods that no manifest names, share them. */
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
    return front === undefined ? this.direct(to, { proto, port }) : this.throughService(front, to);
  }

  private throughService(front: FrontendFacts, to: string): SourceDecisions {
    const behind = front.backends.map((backend) =>
      this.direct(backend.to, { proto: front.proto, port: backend.port }, true),
    );
    const translations = this.scenario.endpoints.map(({ id }) => this.frontends.translationFor(id));
    return frontendDecisions(front, translations, this.direct(to, front), behind);
  }

  /** @param isPlain Whether the connection bypasses the clients' proxies. */
  private direct(to: string, { proto, port }: PortOfFlow, isPlain = false): SourceDecisions {
    const target = this.model.endpoint(to);
    const protocol = PROTOCOL_NUMBERS.get(proto.toLowerCase());
    const { length } = this.scenario.endpoints;
    if (target === undefined || protocol === undefined) return { kindOf: new Int32Array(length), kinds: [] };
    if (target.facts.forwardedTo !== undefined) return { kindOf: new Int32Array(length).fill(-1), kinds: [] };

    const { meshes, meshOf, deciderOf, identityOf } = this.sources();
    const wires = new Numbers<string>();
    const gate = this.authorization?.gate(target.facts, proto, port);
    const clientOf = this.authorization?.clients.clientOf;
    const leaving = new Map<number, EgressDecisions>();
    const own = this.model.decider(target, "ingress");
    const ways = meshes.map((mesh) => {
      const wire = this.wire(proto, port, isPlain ? undefined : mesh, target);
      const onWire = wire?.port ?? port;
      const text = wire === undefined ? "" : JSON.stringify(wire);
      return {
        wire,
        text,
        onWire,
        isUncertain: missingForWire({ from: isPlain ? undefined : mesh, to: target.facts.mesh }) !== undefined,
        wireNumber: wire === undefined ? 0 : wires.of(text),
        leaves: getOrMake(leaving, onWire, () => this.leaving(target, protocol, onWire)),
        admits: wire === undefined || wire.refused !== undefined ? undefined : gate?.numbers(wire),
      };
    });
    // With an uncertain wire, or with clients that come through a node, the decisions are this target's own.
    const isOwn = ways.some(({ isUncertain }) => isUncertain);
    const isForwarded = this.throughNodes?.isForwarded({ to, proto, port }) === true;
    const each = ways.map(({ text, onWire, leaves, admits }) => [
      text,
      onWire,
      leaves.key,
      this.listNumbers.of(admits),
    ]);
    const key = isOwn
      ? undefined
      : JSON.stringify([this.deciderNumbers.of(own), protocol, each, isForwarded && [to, port]]);
    const known = key === undefined ? undefined : this.shared.get(key);
    if (known !== undefined) return known;
    const entering = new Map<number, Int32Array>();
    const perMesh = ways.map((way) => ({
      ...way,
      enters: getOrMake(entering, way.onWire, () => this.entering(own, protocol, way.onWire)),
    }));
    const { decisions } = this.model;
    const admitting = (this.authorization?.lastNumber ?? NO_DECISION) + 1;
    const ends = new Pairs(decisions.last + 1);
    const whole = new Pairs(admitting * (wires.count + 1));
    const numbers: number[] = [];
    const kindOf = new Int32Array(length);
    const kinds: FlowDecision[] = [];
    const uncertain = new Map<string, number>();
    for (let place = 0; place < kindOf.length; place++) {
      // A constant message: a template for every cell would take as long as everything else here.
      const way = present(perMesh[meshOf[place] ?? -1], "the sidecar of a source");
      if (way.isUncertain) {
        const { id } = present(this.scenario.endpoints[place], `endpoint ${place}`);
        const from = present(this.model.endpoint(id), `endpoint ${id}`);
        const possible = this.possibleDecisions(from, target, { from: id, to, proto, port });
        kindOf[place] = getOrMake(
          uncertain,
          possible.key,
          () => kinds.push(joinFlowDecisions(possible.decisions, possible.missing)) - 1,
        );
        continue;
      }
      const { wire, wireNumber } = way;
      // A missing number becomes 0, which no decision has, so the look-up below throws.
      const leaves = way.leaves.numbers[deciderOf[place] ?? -1] ?? 0;
      const enters = way.enters[identityOf[place] ?? -1] ?? 0;
      const admits = way.admits === undefined ? NO_DECISION : (way.admits[clientOf?.[place] ?? -1] ?? 0);
      const number = whole.of(ends.of(leaves, enters), wireNumber * admitting + admits);
      numbers[number] ??=
        kinds.push({
          egress: decisions.at(leaves),
          ingress: decisions.at(enters),
          wire,
          linkerd: admits === NO_DECISION ? undefined : this.authorization?.decision(admits),
        }) - 1;
      kindOf[place] = numbers[number];
    }
    this.throughNodes?.replaceIn({ kindOf, kinds }, { to, proto, port });
    if (key !== undefined) this.share(key, { kindOf, kinds });
    return { kindOf, kinds };
  }

  /** Bounds the cache, for clusters in which hardly any two targets share decisions. */
  private share(key: string, decisions: SourceDecisions): void {
    if ((this.shared.size + 1) * decisions.kindOf.length > MOST_CELLS) this.shared.clear();
    this.shared.set(key, decisions);
  }

  /** The decision about a flow of which it is unknown how it travels. */
  decideUncertain(from: Endpoint, to: Endpoint, flow: Flow): FlowDecision {
    const { decisions, missing } = this.possibleDecisions(from, to, flow);
    return joinFlowDecisions(decisions, missing);
  }

  /** @returns the decision for each way in which the flow may travel, and a key that is equal for equal decisions. */
  private possibleDecisions(
    from: Endpoint,
    to: Endpoint,
    flow: Flow,
  ): { decisions: FlowDecision[]; missing: string; key: string } {
    const { proto, port } = flow;
    const request = { proto, port, from: from.facts.mesh, to: to.facts.mesh };
    const protocol = present(PROTOCOL_NUMBERS.get(proto.toLowerCase()), `the number of protocol ${proto}`);
    const missing = missingForWire(request) ?? "";
    const numbers: unknown[] = [];
    const wires = possibleWires(request, this.scenario.mesh?.transportMode);
    const decisions = wires.map(({ wire, isJudged }): FlowDecision => {
      const egress = decide(this.model.decider(from, "egress"), to.identity, protocol, wire.port);
      const ingress = decide(this.model.decider(to, "ingress"), from.identity, protocol, wire.port);
      const linkerd =
        isJudged && wire.refused === undefined ? this.authorization?.decide(to.facts, flow, wire) : undefined;
      numbers.push(egress?.number, ingress?.number, this.linkerdNumbers.of(linkerd), wire);
      return { egress, ingress, wire, linkerd };
    });
    return { decisions, missing, key: JSON.stringify([missing, numbers]) };
  }

  /**
   * The ports of an endpoint in classes, by its own policy and by the policies of its clients.
   *
   * @param from The clients. Default: all endpoints.
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

  /** The ports of an endpoint in classes, by the policy of one end for one source. */
  portClassesAt(direction: "ingress" | "egress", from: string, to: string): PortClasses {
    const [source, target] = [this.model.endpoint(from), this.model.endpoint(to)];
    if (source === undefined || target === undefined) return new PortClasses();
    const [own, peer] = direction === "ingress" ? [target, source] : [source, target];
    const decider = this.model.decider(own, direction);
    const aggregate = this.model.aggregate(peer.identity);
    const byPolicy = this.classesOf([itemsOf(decider, aggregate), itemsOf(decider, peer.identity)]);
    return this.leavingTheCluster(target).addAll([byPolicy]);
  }

  /** The classes that Linkerd's egress policies make of an endpoint's ports; one class if it is in the cluster. */
  private leavingTheCluster(target: Endpoint | undefined): PortClasses {
    const ports = target && this.authorization?.portsOutside(target.facts);
    return ports === undefined ? new PortClasses() : new PortClasses().addTcp(ports);
  }

  /** Computed once for each list, because many endpoints share one. */
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

  /** By decider, the number of its decision about the target. */
  private leaving({ identity }: Endpoint, protocol: number, port: number): EgressDecisions {
    const { deciders, concerned } = this.sources();
    const others = this.leavingToOthers(this.model.aggregate(identity), protocol, port);
    const places = concerned.get(identity);
    if (places === undefined) return { numbers: others, key: `${this.listNumbers.of(others)}` };
    const numbers = others.slice();
    const own = places.map((place) => {
      const number = decide(deciders[place], identity, protocol, port)?.number ?? NO_DECISION;
      numbers[place] = number;
      return `${place} ${number}`;
    });
    return { numbers, key: `${this.listNumbers.of(others)} ${own.join()}` };
  }

  private leavingToOthers(aggregate: Aggregate, protocol: number, port: number): Int32Array {
    return getOrMake(this.byPort, `${AGGREGATES.indexOf(aggregate)} ${protocol} ${port}`, () =>
      Int32Array.from(this.sources().deciders, (decider) =>
        decider instanceof EndpointPolicy
          ? decider.decideOthers(aggregate, protocol, port).number
          : (decider?.number ?? NO_DECISION),
      ),
    );
  }

  /** By identity, the number of the target's ingress decision. */
  private entering(decider: Decider, protocol: number, port: number): Int32Array {
    if (decider instanceof EndpointPolicy) return decider.decisions(protocol, port);
    return new Int32Array(this.model.identities.length).fill(decider?.number ?? NO_DECISION);
  }

  private sources(): Sources {
    this.known ??= sourcesOf(this.model, this.scenario);
    return this.known;
  }
}

const NO_ITEMS: readonly MapItem[] = [];
const itemsOf = (decider: Decider, peer: Aggregate | number): readonly MapItem[] =>
  decider instanceof EndpointPolicy ? decider.itemsOf(peer) : NO_ITEMS;
