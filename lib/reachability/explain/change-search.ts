import { CompilationCache } from "../../cilium/policy/compilation-cache";
import type { Direction, Entry } from "../../cilium/policy/entries";
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
import { type AtEnd, narrowed, type TakenOut, withoutAuthentication } from "./narrow";
import { decidedBefore, type NoChange, unknownChange } from "./no-change";
import type { Packet, Talk } from "./parties";
import { authorizationClosings } from "./refuse";
import { evaluatedOf, type PolicySource } from "./sources";
import { talkOf } from "./talk";
import { type SideEffects, Undoing } from "./undoing";
import { denial, type Proposal, widenings } from "./widen";

/** A change of policies that opens or closes one flow, verified by the engine. */
export interface ProposedChange {
  /** The edits, all of which are necessary. */
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

/** Searches for the smallest change that makes flows between two ends allowed, or denied. The engine tries each proposal. */
export class ChangeSearch {
  private readonly before: Reachability;
  private readonly known: CompilationCache;
  private readonly talk: Talk;
  private readonly flow: Flow;
  private readonly undoing: Undoing | undefined;
  /** The missing facts that keep proposals from being certain. */
  private readonly missing = new Set<string>();

  constructor(
    private readonly explainer: Explainer,
    private readonly flows: readonly [Flow, ...Flow[]],
    private readonly wanted: "allowed" | "denied",
    earlier?: Side,
  ) {
    const { scenario, sources } = explainer;
    this.known = new CompilationCache(scenario);
    this.before = this.compiled(sources);
    [this.flow] = flows;
    this.talk = talkOf(flows, (flow) => explainer.packetOf(flow));
    const list = wanted === "denied" ? "opened" : "closed";
    this.undoing = earlier && new Undoing(earlier, { scenario, reachability: this.before }, flows, list);
  }

  /** The best change that opens the flows at each end that denies them and, if Linkerd denies them, in its authorization. */
  opening(denied: readonly Direction[], byLinkerd: boolean, takenOut: TakenOut): ProposedChange | undefined {
    if (denied.length === 0 && !byLinkerd) return undefined;
    const parts = [
      ...denied.map((direction) => this.openings(this.at(direction), takenOut)),
      ...(byLinkerd ? [authorizationOpenings(this.atProxy())] : []),
    ];
    const chosen: Proposal[] = [];
    for (const [place, proposals] of parts.entries()) {
      // Complete each proposal with the narrowest ones for the parts to come, which are last, so that side effects tell the proposals apart.
      const narrowest = parts.slice(place + 1).map((other) => other.at(-1));
      const best = this.bestProposal(proposals.map((one) => joined([...chosen, one, ...narrowest])));
      const found = best === undefined ? undefined : proposals[best];
      if (found === undefined) return undefined;
      chosen.push(found);
    }
    return this.pruned(joined(chosen).edits);
  }

  /** Why none of the changes that were tried does it. */
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
      // For several flows, also try to take out the whole peer. Whatever else that closes counts as a side effect.
      const scopes = at.packets.length > 1 && !at.isEverything ? [at, { ...at, isEverything: true }] : [at];
      const narrow = scopes.map((scope) => narrowed(admitting, scope, takenOut)).filter((edits) => edits.length > 0);
      return [...narrow.map((edits) => ({ edits, cost: edits.length })), ...denial(at, this.explainer.sources.length)];
    });
    return this.best([...proposals, ...authorizationClosings(this.atProxy())]);
  }

  /** The ways to open the flows at one end: narrow the rules that deny them, and add a rule if none allows them. */
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
      ...withoutAuthentication(asking, at).map((edits) => ({
        edits: [...cleared, ...edits],
        cost: 1 + cleared.length,
      })),
      ...alone,
      ...wider,
    ];
  }

  /** The rules that match any of the packets. */
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

  /** The change without edits that are not necessary. */
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

  /** The other effects between the two ends; undefined if not all flows become what is wanted. */
  private reachedBy(after: Side): SideEffects | undefined {
    const verdicts = this.flows.map((flow) => after.reachability.verdict(flow));
    for (const one of verdicts.flatMap(({ unknown = [] }) => unknown)) this.missing.add(one);
    if (verdicts.some((verdict) => stateOf(verdict) !== this.wanted)) return undefined;
    return this.undoing === undefined ? { opens: [], closes: [] } : this.undoing.sideEffects(after);
  }

  private try(edits: readonly Edit[], cost: number): Tried | undefined {
    const { scenario, sources } = this.explainer;
    const changed = applyEdits(sources, edits);
    const side = this.sideAfter(edits, changed);
    const besides = this.reachedBy(side);
    if (besides === undefined) return undefined;
    // If Cilium refuses an edited policy, it does nothing at all.
    if (side.reachability.refused.length !== this.before.refused.length) return undefined;
    const sides = [{ scenario, reachability: this.before }, side] as const;
    const concerned = concernedBy(sources, changed, scenario);
    const { opened, closed, unclear } = edits.some(({ layer }) => layer === "linkerd")
      ? differenceWithAuthorization(...sides, concerned, podsConcerned(scenario, edits))
      : differenceOf(...sides, concerned);
    // Possible side effects count as certain ones.
    const opens = [...besides.opens, ...this.others([...opened, ...mayBe("open", unclear)])];
    const closes = [...besides.closes, ...this.others([...closed, ...unclear.filter(({ may }) => may === "close")])];
    const change = { edits, opens, closes };
    return { edits, cost, others: countEdges(change.opens) + countEdges(change.closes), change };
  }

  /** The edges other than the wanted ones. When undoing, {@link Undoing} reports those between the two ends. */
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
