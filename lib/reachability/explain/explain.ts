import type { Direction, Entry } from "../../cilium/policy/entries";
import { Known } from "../../cilium/policy/known";
import { matchWords } from "../../cilium/policy/proxied";
import { getOrMake } from "../../common/maps";
import { ProblemError, problem } from "../../common/problem";
import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import { wireReason } from "../../linkerd/wire/reason";
import { forwardedPort, seenAs } from "../../scenario/flows";
import type { EndpointFacts, Flow, Scenario } from "../../scenario/scenario";
import { compile } from "../compile";
import { Frontends } from "../frontends";
import { type Reachability, stateOf, type Verdict } from "../verdict";
import type { EndExplanation, Explanation, JudgedRule, Locate, SelectingPolicy } from "./explanation";
import { type AuthorizationExplanation, authorizationStep, indexOf, type LocateObject } from "./linkerd";
import { nearestAuthorization } from "./linkerd-misses";
import { distanceOf, endsOf, judge } from "./misses";
import { askedOf } from "./order";
import { admitsPort, type Packet, Parties, type Party } from "./parties";
import { endSentence, policyWords, ruleWords, sentenceOf } from "./sentence";
import type { PolicyPlace } from "./sources";
import { evaluatedOf, type PolicySource, placeOf, writtenPath } from "./sources";

/** What an explainer knows besides policies and scenario. */
export interface ExplainOptions {
  /** Where policies are written. */
  locate?: Locate;
  /** Where the objects of Linkerd's authorization are written. */
  locateObject?: LocateObject;
  /** The same policies and scenario, compiled. Default: they are compiled. */
  reachability?: Pick<Reachability, "verdict">;
  /** What is known already of the policies and of this scenario. Default: nothing. */
  known?: Known;
}

/**
 * Says of any flow why it passes or does not: which policies select either end, which of their rules are about it, and what keeps the others
 * from it.
 *
 * @example
 * const explainer = new Explainer(policies, scenario);
 * explainer.explain({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 }).sentence;
 */
export class Explainer {
  /** Who may be asked about. */
  readonly parties: Parties;
  private readonly reachability: Pick<Reachability, "verdict">;
  private readonly locate: Locate;
  private readonly locateObject: LocateObject;
  private readonly frontends: Frontends;
  private readonly plain = new Map<string, Explainer>();

  /** @throws ProblemError if the scenario contradicts itself */
  constructor(
    /** The policies, as they are written. */
    readonly sources: readonly PolicySource[],
    /** The cluster. */
    readonly scenario: Scenario,
    { locate = () => undefined, locateObject = () => undefined, reachability, known }: ExplainOptions = {},
  ) {
    const kept = known ?? new Known(scenario);
    this.reachability = reachability ?? compile(sources.map(evaluatedOf), scenario, { known: kept });
    this.parties = new Parties(sources, scenario, kept);
    this.locate = locate;
    this.locateObject = locateObject;
    this.frontends = new Frontends(scenario);
  }

  /** @throws ProblemError if the scenario has no such endpoint, or there is no such protocol */
  explain(flow: Flow): Explanation {
    const [from, to] = [this.parties.party(flow.from), this.parties.party(flow.to)];
    const protocol = PROTOCOL_NUMBERS.get(flow.proto.toLowerCase());
    if (from === undefined || to === undefined || protocol === undefined)
      throw new ProblemError("flow", [
        ...(from === undefined ? [problem("no-such-endpoint", ["from"], `there is no endpoint ${flow.from}`)] : []),
        ...(to === undefined ? [problem("no-such-endpoint", ["to"], `there is no endpoint ${flow.to}`)] : []),
        ...(protocol === undefined
          ? [problem("no-such-protocol", ["proto"], `there is no protocol ${flow.proto}`)]
          : []),
      ]);
    const led = this.led(flow);
    if (led !== undefined) return led;
    const verdict = this.reachability.verdict(flow);
    const packet = { protocol, port: verdict.wire?.port ?? flow.port };
    const [egress, ingress] = (["egress", "ingress"] as const).map((direction) =>
      this.end(direction, endsOf(direction, this.comingAs(flow, from), to), packet, verdict),
    ) as [EndExplanation, EndExplanation];
    const request = { proto: flow.proto, port: flow.port, from: from.facts.mesh, to: to.facts.mesh };
    const linkerd = this.authorization(verdict, from);
    const told: Omit<Explanation, "sentence"> = {
      flow,
      state: stateOf(verdict),
      verdict,
      ...(verdict.wire !== undefined && {
        wire: { ...verdict.wire, why: wireReason(request, this.scenario.mesh?.transportMode) },
      }),
      egress,
      ingress,
      ...(linkerd !== undefined && { linkerd }),
    };
    return { ...told, sentence: sentenceOf(told) };
  }

  /** To an address of a Service: what is said of a pod behind it that is answered in the same way, without the client's proxy, which has no part in it. */
  private led(flow: Flow): Explanation | undefined {
    const front = this.frontends.of(flow);
    if (front === undefined || front.unknown !== undefined || front.backends.length === 0) return undefined;
    // Who may be led there or not is told of the address itself.
    if (this.frontends.translationFor(flow.from) !== true) return undefined;
    const plain = this.withoutProxyOf(flow.from);
    const verdict = this.reachability.verdict(flow);
    const all = front.backends.map(({ to, port }) => plain.explain({ ...flow, to, port }));
    const state = stateOf(verdict);
    const alike = all.find((one) => one.state === state);
    const told = alike ?? all[0];
    if (told === undefined) return undefined;
    const words = `${flow.to} on ${flow.port} is the Service ${front.service}, which Cilium redirects to a pod before it applies the client's policy`;
    const answered = { ...told, flow, state, verdict };
    return { ...answered, sentence: `${words}. ${alike?.sentence ?? sentenceOf(answered)}` };
  }

  /** The same cluster as a client has it whose proxy knows nothing of where it connects to. Clients that have none share one. */
  private withoutProxyOf(client: string): Explainer {
    const isIts = ({ id, mesh }: EndpointFacts) => id === client && mesh !== undefined;
    const isMeshed = this.scenario.endpoints.some(isIts);
    return getOrMake(this.plain, isMeshed ? client : "", () => {
      const endpoints = this.scenario.endpoints.map((endpoint): EndpointFacts => {
        if (!isIts(endpoint)) return endpoint;
        const { mesh: _, ...rest } = endpoint;
        return rest as EndpointFacts;
      });
      const { frontends: _, ...scenario } = this.scenario;
      return new Explainer(
        this.sources,
        { ...scenario, endpoints },
        { locate: this.locate, locateObject: this.locateObject },
      );
    });
  }

  /** Whom policies see that connects: of clients outside whom a Service leads in, as whom they come. */
  comingAs(flow: Pick<Flow, "to" | "proto" | "port">, from: Party): Party {
    if (from.facts.led === undefined) return from;
    const [as] = seenAs(forwardedPort(from.facts, flow));
    if (as === "node") return from;
    return this.parties.party(as === "themselves" ? (from.facts.otherwise ?? "world") : "world") ?? from;
  }

  /** What the engine says of a flow. Undefined: one of its ends is not there. */
  verdict(flow: Flow): Verdict | undefined {
    const isThere = [flow.from, flow.to].every((id) => this.parties.party(id) !== undefined);
    return isThere ? this.reachability.verdict(flow) : undefined;
  }

  /** What of a flow is on the wire. */
  packetOf(flow: Flow): Packet {
    const { wire } = this.reachability.verdict(flow);
    return { protocol: PROTOCOL_NUMBERS.get(flow.proto.toLowerCase()) ?? 0, port: wire?.port ?? flow.port };
  }

  /** The rules that let a flow through at one end. */
  admitting(direction: Direction, subject: Party, peer: Party, packet: Packet): readonly Entry[] {
    return this.about(direction, subject, peer, packet).filter(({ deny, passes }) => !deny && !passes);
  }

  /** The rules that shut a flow out at one end. */
  denying(direction: Direction, subject: Party, peer: Party, packet: Packet): readonly Entry[] {
    return this.about(direction, subject, peer, packet).filter(({ deny }) => deny);
  }

  /** The same with the rules of which it is not known whether they are about the flow. */
  maybeDenying(direction: Direction, subject: Party, peer: Party, packet: Packet): readonly Entry[] {
    return this.about(direction, subject, peer, packet, (selects) => selects !== false).filter(({ deny }) => deny);
  }

  /** The rules that are about a flow at one end, whatever they do. */
  about(
    direction: Direction,
    subject: Party,
    peer: Party,
    packet: Packet,
    isMeant: (selects: ReturnType<Parties["selectsPeer"]>) => boolean = (selects) => selects === true,
  ): Entry[] {
    const { namedPorts } = (direction === "ingress" ? subject : peer).identity;
    return this.parties
      .rulesOf(subject, direction)
      .filter(
        ({ peers, l4 }) =>
          peers.some((one) => isMeant(this.parties.selectsPeer(one, peer))) &&
          l4.some((one) => admitsPort(one, packet, namedPorts)),
      );
  }

  private end(
    direction: Direction,
    ends: { subject: Party; peer: Party },
    packet: Packet,
    verdict: Verdict,
  ): EndExplanation {
    const selecting = this.parties.rulesOf(ends.subject, direction);
    const of = selecting.map((entry) => ({ entry, rule: this.judged(entry, ends, packet) }));
    const judged = of.map(({ rule }) => rule);
    const about = of.filter(({ rule: { misses, unknown } }) => misses.length === 0 || unknown !== undefined);
    const isSure = ({ rule }: (typeof of)[number]) => rule.unknown === undefined;
    const asked = askedOf(about.filter(isSure).map(({ entry }) => entry));
    const isAsked = (one: (typeof of)[number]) => !isSure(one) || asked.has(one.entry);
    const matching = about.filter(isAsked).map(({ rule }) => rule);
    const outranked = about.filter((one) => !isAsked(one)).map(({ rule }) => rule);
    const missing = judged.filter(({ effect, misses }) => effect === "allow" && misses.length > 0);
    const near = ends.subject.identity.kind === "pod" ? this.nearBy(direction, ends, packet, selecting) : [];
    const enforcement = this.parties.enforcementOf(ends.subject);
    const requests = verdict.proxied?.[direction];
    const told: Omit<EndExplanation, "sentence"> = {
      ...(enforcement !== "default" && ends.subject.subject !== undefined && { enforcement }),
      direction,
      subject: direction === "ingress" ? verdict.to : verdict.from,
      peer: direction === "ingress" ? verdict.from : verdict.to,
      verdict: verdict[direction],
      ...(requests !== undefined && { requests: requests.map(matchWords) }),
      ...(verdict.authenticates?.includes(direction) === true && { authenticates: true as const }),
      defaultDeny: selecting.some(({ defaultDeny }) => defaultDeny),
      policies: this.policiesOf(selecting),
      matching: [...matching].sort((a, b) => RANK[a.effect] - RANK[b.effect]),
      ...(outranked.length > 0 && { outranked }),
      missing: [...missing, ...near].sort((a, b) => distanceOf(a.misses) - distanceOf(b.misses)),
      ...(verdict[direction] === "unknown" && verdict.unknown !== undefined && { unknown: verdict.unknown.join(", ") }),
    };
    return { ...told, sentence: endSentence(told, packet) };
  }

  /** Rules that would allow the flow but do not select the subject, by one condition only: mostly a slip. */
  private nearBy(
    direction: Direction,
    ends: { subject: Party; peer: Party },
    packet: Packet,
    selecting: readonly Entry[],
  ): JudgedRule[] {
    const known = new Set(selecting);
    return this.parties
      .rules(direction)
      .filter((entry) => !entry.deny && !entry.passes && !known.has(entry))
      .map((entry) => this.judged(entry, ends, packet))
      .filter(({ misses }) => misses.length === 1 && misses[0]?.about === "subject");
  }

  private judged(entry: Entry, ends: { subject: Party; peer: Party }, packet: Packet): JudgedRule {
    const { misses, unknown } = judge(this.parties, entry, ends, packet);
    const policy = this.placeOf(entry);
    return {
      policy,
      words: ruleWords(entry, policy),
      effect: entry.passes ? "pass" : entry.deny ? "deny" : "allow",
      misses,
      ...(unknown !== undefined && { unknown }),
      ...((entry.authentication ?? "disabled") !== "disabled" && { authentication: true as const }),
      ...(!entry.deny && !entry.passes && entry.l4.some(({ l7 }) => l7 !== undefined) && { l7: true }),
    };
  }

  private policiesOf(entries: readonly Entry[]): SelectingPolicy[] {
    const byPolicy = new Map<string, SelectingPolicy>();
    for (const entry of entries) {
      const policy = this.placeOf({ policy: entry.policy, path: [] });
      const key = policyWords(policy);
      const known = byPolicy.get(key);
      if (known === undefined) byPolicy.set(key, { policy, defaultDeny: entry.defaultDeny });
      else known.defaultDeny ||= entry.defaultDeny;
    }
    return [...byPolicy.values()];
  }

  /** The objects of Linkerd's authorization that decide about a flow, and where they stand. Undefined: no proxy decides. */
  authorization(verdict: Verdict, client?: Party): AuthorizationExplanation | undefined {
    const step = authorizationStep(verdict, this.scenario, this.locateObject);
    const miss = client && nearestAuthorization(verdict, this.scenario, client.facts);
    if (step === undefined || miss === undefined) return step;
    const place = this.locateObject(indexOf(this.scenario, miss.object));
    return { ...step, nearest: { ...miss.object, words: miss.words, ...(place !== undefined && { place }) } };
  }

  /** Where a rule stands. */
  placeOf({ policy: index, path }: Pick<Entry, "policy" | "path">): PolicyPlace {
    const accepted = this.parties.policy(index);
    if (accepted === undefined) throw new Error(`there is no policy ${index}`);
    const place = this.locate(index, path);
    return { ...placeOf(accepted, writtenPath(accepted, path)), ...(place !== undefined && { place }) };
  }
}

const RANK = { pass: 0, deny: 1, allow: 2 } as const;

/**
 * Why one flow passes or does not. To ask about many, make an {@link Explainer}.
 *
 * @throws ProblemError if the scenario contradicts itself or has no such endpoint
 *
 * @example
 * explain(policies, scenario, { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 }).sentence;
 */
export function explain(
  policies: readonly PolicySource[],
  scenario: Scenario,
  flow: Flow,
  options: ExplainOptions = {},
): Explanation {
  return new Explainer(policies, scenario, options).explain(flow);
}
