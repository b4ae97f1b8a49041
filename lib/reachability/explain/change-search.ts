import type { Direction, Entry } from "../../cilium/policy/entries";
import { Known } from "../../cilium/policy/known";
import type { Flow } from "../../scenario/scenario";
import { compile } from "../compile";
import { type Change, countEdges, mayBe, type Side } from "../diff";
import { type Reachability, stateOf } from "../verdict";
import { type AtProxy, authorizationOpenings, podsConcerned } from "./admit";
import { concernedBy, differenceOf, differenceWithAuthorization } from "./difference";
import { applyEdits, applyToScenario, type Edit } from "./edits";
import type { Explainer } from "./explain";
import type { Explanation } from "./explanation";
import { endsOf } from "./misses";
import { type AtEnd, narrowed, type TakenOut, unasked } from "./narrow";
import { decidedBefore, type NoChange, unknownChange } from "./no-change";
import type { Packet, Talk } from "./parties";
import { authorizationClosings } from "./refuse";
import { evaluatedOf, type PolicySource } from "./sources";
import { talkOf } from "./talk";
import { type Besides, Undoing } from "./undoing";
import { denial, type Proposal, widenings } from "./widen";

/** A change of the policies that opens or closes one flow, checked by the engine. */
export interface ProposedChange {
  /** Its parts: without any one of them the flow stays as it is. */
  edits: readonly Edit[];
  /** What else it opens. */
  opens: readonly Change[];
  /** What else it closes. */
  closes: readonly Change[];
}

interface Tried {
  edits: readonly Edit[];
  cost: number;
  others: number;
  change: ProposedChange;
}

/** Searches the smallest change that makes flows of two ends allowed, or denied. The engine tries each proposal. */
export class ChangeSearch {
  private readonly before: Reachability;
  private readonly known: Known;
  private readonly talk: Talk;
  private readonly flow: Flow;
  private readonly undoing: Undoing | undefined;
  /** What would have to be known to say that a change does it. */
  private readonly missing = new Set<string>();

  constructor(
    private readonly explainer: Explainer,
    private readonly flows: readonly [Flow, ...Flow[]],
    private readonly wanted: "allowed" | "denied",
    earlier?: Side,
  ) {
    const { scenario, sources } = explainer;
    this.known = new Known(scenario);
    this.before = this.compiled(sources);
    [this.flow] = flows;
    this.talk = talkOf(flows, (flow) => explainer.packetOf(flow));
    const list = wanted === "denied" ? "opened" : "closed";
    this.undoing = earlier && new Undoing(earlier, { scenario, reachability: this.before }, flows, list);
  }

  /** The best change that opens the flows: at each end that denies, and in Linkerd's authorization where that denies. */
  opening(denied: readonly Direction[], byLinkerd: boolean, takenOut: TakenOut): ProposedChange | undefined {
    if (denied.length === 0 && !byLinkerd) return undefined;
    const ways = [
      ...denied.map((direction) => this.openings(this.at(direction), takenOut)),
      ...(byLinkerd ? [authorizationOpenings(this.atProxy())] : []),
    ];
    const chosen: Proposal[] = [];
    for (const [place, way] of ways.entries()) {
      // The last proposal of each way that is still to come names the flow most closely; with it this way's are told apart by what they open.
      const closest = ways.slice(place + 1).map((other) => other.at(-1));
      const best = this.bestProposal(way.map((one) => joined([...chosen, one, ...closest])));
      const found = best === undefined ? undefined : way[best];
      if (found === undefined) return undefined;
      chosen.push(found);
    }
    return this.pruned(joined(chosen).edits);
  }

  /** Why no change that was tried does it. */
  noChange({ state, verdict, egress, ingress, linkerd }: Explanation): NoChange {
    const missing = [...new Set([...(verdict.unknown ?? []), ...this.missing])];
    if (missing.length > 0) return unknownChange(missing);
    const earlier = decidedBefore({ state, egress, ingress });
    if (earlier !== undefined) return { code: "earlier-rules", message: earlier };
    if (linkerd?.verdict === "denied")
      return { code: "authorization", message: `no authorization changes this: ${linkerd.sentence}` };
    const decides = [egress, ingress].some((end) => end.verdict === (state === "denied" ? "denied" : "allowed"));
    return decides
      ? { code: "not-found", message: "none of the changes that were tried achieves it" }
      : { code: "no-policy", message: "no policy decides about it" };
  }

  /** The best change that closes the flows. */
  closing(takenOut: TakenOut): ProposedChange | undefined {
    const proposals = (["ingress", "egress"] as const).flatMap((direction) => {
      const at = this.at(direction);
      if (at.subject.subject === undefined) return [];
      const { subject, peer } = at;
      const admitting = this.ofAny((packet) => this.explainer.admitting(direction, subject, peer, packet));
      // Of several flows the peer as a whole as well: what else that closes is counted.
      const ways = at.packets.length > 1 && !at.isEverything ? [at, { ...at, isEverything: true }] : [at];
      const narrow = ways.map((way) => narrowed(admitting, way, takenOut)).filter((edits) => edits.length > 0);
      return [...narrow.map((edits) => ({ edits, cost: edits.length })), ...denial(at, this.explainer.sources.length)];
    });
    return this.best([...proposals, ...authorizationClosings(this.atProxy())]);
  }

  /** With what denies it taken away, and a rule that allows it where none does. */
  private openings(at: AtEnd, takenOut: TakenOut): Proposal[] {
    const { explainer } = this;
    const asked = [at.direction, at.subject, at.peer] as const;
    const denying = this.ofAny((packet) =>
      takenOut === "flow" ? explainer.denying(...asked, packet) : explainer.maybeDenying(...asked, packet),
    );
    const cleared = narrowed(denying, at, takenOut);
    const alone = denying.length > 0 ? [{ edits: cleared, cost: cleared.length }] : [];
    const wider = widenings(at, this.explainer.sources.length).map(({ edits, cost }) => ({
      edits: [...cleared, ...edits],
      cost: cleared.length + cost,
    }));
    const asking = this.ofAny((packet) => explainer.admitting(...asked, packet)).filter(
      ({ authentication }) => authentication !== undefined,
    );
    return [
      ...unasked(asking, at).map((edits) => ({ edits: [...cleared, ...edits], cost: 1 + cleared.length })),
      ...alone,
      ...wider,
    ];
  }

  /** The rules about any of the packets. */
  private ofAny(about: (packet: Packet) => readonly Entry[]): Entry[] {
    return [...new Set(this.talk.packets.flatMap(about))];
  }

  private at(direction: Direction): AtEnd {
    const { parties } = this.explainer;
    const [from, to] = [parties.known(this.flow.from), parties.known(this.flow.to)];
    return { parties, direction, ...endsOf(direction, from, to), ...this.talk };
  }

  private atProxy(): AtProxy {
    const { parties, scenario } = this.explainer;
    const [client, server] = [parties.known(this.flow.from), parties.known(this.flow.to)];
    return { parties, scenario, client, server, port: this.flow.port, verdict: this.before.verdict(this.flow) };
  }

  private best(proposals: readonly Proposal[]): ProposedChange | undefined {
    const chosen = this.bestProposal(proposals);
    if (chosen === undefined) return undefined;
    return this.pruned(proposals[chosen]?.edits ?? []);
  }

  private bestProposal(proposals: readonly Proposal[]): number | undefined {
    let best: { place: number; tried: Tried } | undefined;
    for (const [place, { edits, cost }] of proposals.entries()) {
      const tried = this.try(edits, cost);
      if (tried === undefined) continue;
      if (best === undefined || compare(tried, best.tried) < 0) best = { place, tried };
      if (tried.others === 0 && cost <= 1) break;
    }
    return best?.place;
  }

  /** Without the parts that are not needed. */
  private pruned(edits: readonly Edit[]): ProposedChange | undefined {
    let left = edits;
    for (const edit of edits) {
      const fewer = left.filter((other) => other !== edit);
      if (fewer.length > 0 && this.reaches(fewer)) left = fewer;
    }
    return this.try(left, 0)?.change;
  }

  private compiled(sources: readonly PolicySource[], scenario = this.explainer.scenario): Reachability {
    return compile(sources.map(evaluatedOf), scenario, { known: this.known });
  }

  private reaches(edits: readonly Edit[]): boolean {
    return this.reachedBy(this.sideAfter(edits)) !== undefined;
  }

  private sideAfter(edits: readonly Edit[], changed = applyEdits(this.explainer.sources, edits)): Side {
    const scenario = applyToScenario(this.explainer.scenario, edits);
    return { scenario, reachability: this.compiled(changed, scenario) };
  }

  /** What else of the two ends changes; undefined where not all flows are as they are wanted. */
  private reachedBy(after: Side): Besides | undefined {
    const verdicts = this.flows.map((flow) => after.reachability.verdict(flow));
    for (const one of verdicts.flatMap(({ unknown = [] }) => unknown)) this.missing.add(one);
    if (verdicts.some((verdict) => stateOf(verdict) !== this.wanted)) return undefined;
    return this.undoing === undefined ? { opens: [], closes: [] } : this.undoing.besides(after);
  }

  private try(edits: readonly Edit[], cost: number): Tried | undefined {
    const { scenario, sources } = this.explainer;
    const changed = applyEdits(sources, edits);
    const side = this.sideAfter(edits, changed);
    const besides = this.reachedBy(side);
    if (besides === undefined) return undefined;
    // A policy that Cilium refuses would do nothing, or nothing any more.
    if (side.reachability.refused.length !== this.before.refused.length) return undefined;
    const sides = [{ scenario, reachability: this.before }, side] as const;
    const concerned = concernedBy(sources, changed, scenario);
    const { opened, closed, unclear } = edits.some(({ layer }) => layer === "linkerd")
      ? differenceWithAuthorization(...sides, concerned, podsConcerned(scenario, edits))
      : differenceOf(...sides, concerned);
    // What a change may do besides is counted as if it did it.
    const opens = [...besides.opens, ...this.others([...opened, ...mayBe("open", unclear)])];
    const closes = [...besides.closes, ...this.others([...closed, ...unclear.filter(({ may }) => may === "close")])];
    const change = { edits, opens, closes };
    return { edits, cost, others: countEdges(change.opens) + countEdges(change.closes), change };
  }

  /** Edges besides those that are wanted. Where an earlier state is come back to, it says itself what it is of the two ends. */
  private others(changes: readonly Change[]): Change[] {
    const { from, to } = this.flow;
    const isWanted = ({ proto, port }: Change) =>
      this.undoing !== undefined || this.flows.some((flow) => flow.proto === proto && flow.port === port);
    return changes.flatMap((change) => {
      if (change.to !== to || !isWanted(change)) return [change];
      const others = change.from.filter((id) => id !== from);
      return others.length === 0 ? [] : [{ ...change, from: others }];
    });
  }
}

const compare = (a: Tried, b: Tried) => a.others - b.others || a.cost - b.cost;

const joined = (parts: readonly (Proposal | undefined)[]): Proposal => ({
  edits: parts.flatMap((part) => part?.edits ?? []),
  cost: parts.reduce((sum, part) => sum + (part?.cost ?? 0), 0),
});
