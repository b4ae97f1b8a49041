import { CompilationCache } from "../../cilium/policy/compilation-cache";
import type { Direction, Entry } from "../../cilium/policy/entries";
import { matchWords } from "../../cilium/policy/proxied";
import { getOrMake } from "../../common/maps";
import { ProblemError, problem } from "../../common/problem";
import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import { wireReason } from "../../linkerd/wire/reason";
import { forwardedPort, seenAs } from "../../scenario/flows";
import type { EndpointFacts, Flow, Scenario } from "../../scenario/scenario";
import { compile } from "../compile";
import { Frontends } from "../sources/frontends";
import { type Reachability, stateOf, type Verdict } from "../verdict";
import type { EndExplanation, Explanation, JudgedRule, Locate, SelectingPolicy } from "./explanation";
import { type AuthorizationExplanation, authorizationStep, indexOf, type LocateObject } from "./linkerd";
import { nearestAuthorization } from "./linkerd-misses";
import { distanceOf, endsOf, judge } from "./misses";
import { evaluatedRules } from "./order";
import { admitsPort, type Packet, Parties, type Party } from "./parties";
import { endSentence, policyWords, ruleWords, sentenceOf } from "./sentence";
import type { PolicyPlace } from "./sources";
import { evaluatedOf, type PolicySource, placeOf, writtenPath } from "./sources";

/** Options of an {@link Explainer}. */
export interface ExplainOptions {
  /** Locates members of policies. Default: no place is known. */
  locate?: Locate;
  /** Locates objects of Linkerd's authorization. Default: no place is known. */
  locateObject?: LocateObject;
  /** The same policies and scenario, already compiled. Default: they are compiled. */
  reachability?: Pick<Reachability, "verdict">;
  /** The cache of an earlier compilation for this scenario. Default: a new one. */
  known?: CompilationCache;
}

/**
 * Explains why flows pass or not: which policies select either end, which of their rules match the flow, and what keeps the other rules from matching.
 *
 * @example
 * const explainer = new Explainer(policies, scenario);
 * explainer.explain({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 }).sentence;
 */
export class Explainer {
  /** The endpoints, with the rules that select them. */
  readonly parties: Parties;
  private readonly reachability: Pick<Reachability, "verdict">;
  private readonly locate: Locate;
  private readonly locateObject: LocateObject;
  private readonly frontends: Frontends;
  private readonly withoutProxy = new Map<string, Explainer>();

  /** @throws ProblemError if the scenario contradicts itself */
  constructor(
    /** The policies as written. */
    readonly sources: readonly PolicySource[],
    /** The cluster. */
    readonly scenario: Scenario,
    { locate = () => undefined, locateObject = () => undefined, reachability, known }: ExplainOptions = {},
  ) {
    const cache = known ?? new CompilationCache(scenario);
    this.reachability = reachability ?? compile(sources.map(evaluatedOf), scenario, { known: cache });
    this.parties = new Parties(sources, scenario, cache);
    this.locate = locate;
    this.locateObject = locateObject;
    this.frontends = new Frontends(scenario);
  }

  /**
   * Explains one flow.
   *
   * @throws ProblemError if the scenario has no such endpoint, or there is no such protocol
   */
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
    const throughService = this.explainThroughService(flow);
    if (throughService !== undefined) return throughService;
    const verdict = this.reachability.verdict(flow);
    const packet = { protocol, port: verdict.wire?.port ?? flow.port };
    const [egress, ingress] = (["egress", "ingress"] as const).map((direction) =>
      this.end(direction, endsOf(direction, this.seenAsParty(flow, from), to), packet, verdict),
    ) as [EndExplanation, EndExplanation];
    const request = { proto: flow.proto, port: flow.port, from: from.facts.mesh, to: to.facts.mesh };
    const linkerd = this.authorization(verdict, from);
    const explanation: Omit<Explanation, "sentence"> = {
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
    return { ...explanation, sentence: sentenceOf(explanation) };
  }

  /**
   * Explains a flow to the address of a Service by a pod behind it with the same verdict, without the client's proxy, which such a flow bypasses. Undefined
   * if the flow does not go to such an address, or not certainly.
   */
  private explainThroughService(flow: Flow): Explanation | undefined {
    const front = this.frontends.of(flow);
    if (front === undefined || front.unknown !== undefined || front.backends.length === 0) return undefined;
    if (this.frontends.translationFor(flow.from) !== true) return undefined;
    const explainer = this.withoutProxyOf(flow.from);
    const verdict = this.reachability.verdict(flow);
    const all = front.backends.map(({ to, port }) => explainer.explain({ ...flow, to, port }));
    const state = stateOf(verdict);
    const same = all.find((one) => one.state === state);
    const chosen = same ?? all[0];
    if (chosen === undefined) return undefined;
    const words = `${flow.to} on ${flow.port} is the Service ${front.service}, which Cilium redirects to a pod before it applies the client's policy`;
    const explanation = { ...chosen, flow, state, verdict };
    return { ...explanation, sentence: `${words}. ${same?.sentence ?? sentenceOf(explanation)}` };
  }

  /** An explainer of the same cluster in which the client has no proxy. Clients without a proxy share one. */
  private withoutProxyOf(client: string): Explainer {
    const isMeshedClient = ({ id, mesh }: EndpointFacts) => id === client && mesh !== undefined;
    const isMeshed = this.scenario.endpoints.some(isMeshedClient);
    return getOrMake(this.withoutProxy, isMeshed ? client : "", () => {
      const endpoints = this.scenario.endpoints.map((endpoint): EndpointFacts => {
        if (!isMeshedClient(endpoint)) return endpoint;
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

  /** The party that policies see as the client. It differs from the client if a Service forwards it through a node. */
  seenAsParty(flow: Pick<Flow, "to" | "proto" | "port">, from: Party): Party {
    if (from.facts.forwardedTo === undefined) return from;
    const [as] = seenAs(forwardedPort(from.facts, flow));
    if (as === "node") return from;
    return this.parties.party(as === "themselves" ? (from.facts.block ?? "world") : "world") ?? from;
  }

  /** The engine's verdict about a flow. Undefined if one of its ends does not exist. */
  verdict(flow: Flow): Verdict | undefined {
    const isThere = [flow.from, flow.to].every((id) => this.parties.party(id) !== undefined);
    return isThere ? this.reachability.verdict(flow) : undefined;
  }

  /** The packet on the wire. */
  packetOf(flow: Flow): Packet {
    const { wire } = this.reachability.verdict(flow);
    return { protocol: PROTOCOL_NUMBERS.get(flow.proto.toLowerCase()) ?? 0, port: wire?.port ?? flow.port };
  }

  /** The rules that allow a flow at one end. */
  admitting(direction: Direction, subject: Party, peer: Party, packet: Packet): readonly Entry[] {
    return this.matching(direction, subject, peer, packet).filter(({ deny, passes }) => !deny && !passes);
  }

  /** The rules that deny a flow at one end. */
  denying(direction: Direction, subject: Party, peer: Party, packet: Packet): readonly Entry[] {
    return this.matching(direction, subject, peer, packet).filter(({ deny }) => deny);
  }

  /** The same with the rules of which it is unknown whether they match the flow. */
  maybeDenying(direction: Direction, subject: Party, peer: Party, packet: Packet): readonly Entry[] {
    return this.matching(direction, subject, peer, packet, (selects) => selects !== false).filter(({ deny }) => deny);
  }

  /** The rules that match a flow at one end, whatever their effect. */
  matching(
    direction: Direction,
    subject: Party,
    peer: Party,
    packet: Packet,
    isMatch: (selects: ReturnType<Parties["selectsPeer"]>) => boolean = (selects) => selects === true,
  ): Entry[] {
    const { namedPorts } = (direction === "ingress" ? subject : peer).identity;
    return this.parties
      .rulesOf(subject, direction)
      .filter(
        ({ peers, l4 }) =>
          peers.some((one) => isMatch(this.parties.selectsPeer(one, peer))) &&
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
    const candidates = selecting.map((entry) => ({ entry, rule: this.judged(entry, ends, packet) }));
    const judged = candidates.map(({ rule }) => rule);
    const relevant = candidates.filter(({ rule: { misses, unknown } }) => misses.length === 0 || unknown !== undefined);
    const isSure = ({ rule }: (typeof candidates)[number]) => rule.unknown === undefined;
    const evaluated = evaluatedRules(relevant.filter(isSure).map(({ entry }) => entry));
    const isEvaluated = (one: (typeof candidates)[number]) => !isSure(one) || evaluated.has(one.entry);
    const matching = relevant.filter(isEvaluated).map(({ rule }) => rule);
    const outranked = relevant.filter((one) => !isEvaluated(one)).map(({ rule }) => rule);
    const missing = judged.filter(({ effect, misses }) => effect === "allow" && misses.length > 0);
    const near = ends.subject.identity.kind === "pod" ? this.nearBy(direction, ends, packet, selecting) : [];
    const enforcement = this.parties.enforcementOf(ends.subject);
    const requests = verdict.proxied?.[direction];
    const explanation: Omit<EndExplanation, "sentence"> = {
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
    return { ...explanation, sentence: endSentence(explanation, packet) };
  }

  /** Rules that would allow the flow if their policy selected the subject, which it misses by one condition only: most likely a slip. */
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
      .filter(({ misses }) => misses.length === 1 && misses[0]?.part === "subject");
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

  /** The objects of Linkerd's authorization that decide about a flow, with their places. Undefined if no proxy decides. */
  authorization(verdict: Verdict, client?: Party): AuthorizationExplanation | undefined {
    const step = authorizationStep(verdict, this.scenario, this.locateObject);
    const miss = client && nearestAuthorization(verdict, this.scenario, client.facts);
    if (step === undefined || miss === undefined) return step;
    const place = this.locateObject(indexOf(this.scenario, miss.object));
    return { ...step, nearest: { ...miss.object, words: miss.words, ...(place !== undefined && { place }) } };
  }

  /** The place of a rule. */
  placeOf({ policy: index, path }: Pick<Entry, "policy" | "path">): PolicyPlace {
    const accepted = this.parties.policy(index);
    if (accepted === undefined) throw new Error(`there is no policy ${index}`);
    const place = this.locate(index, path);
    return { ...placeOf(accepted, writtenPath(accepted, path)), ...(place !== undefined && { place }) };
  }
}

const RANK = { pass: 0, deny: 1, allow: 2 } as const;

/**
 * Explains why one flow passes or not. For many flows, make an {@link Explainer}.
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
