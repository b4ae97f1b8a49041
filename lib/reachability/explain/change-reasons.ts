import type { Direction } from "../../cilium/policy/entries";
import { EVERYTHING, matchWords } from "../../cilium/policy/proxied";
import { wireReason } from "../../linkerd/wire/reason";
import type { Wire } from "../../linkerd/wire/wire";
import { forwardedPort, seenAs } from "../../scenario/flows";
import type { EdgeChange } from "../diff";
import type { EndVerdict, Verdict } from "../verdict";
import { AUTHENTICATION, fromOwnNode } from "../words";
import type { ChangeReason, ComparedEdge, ExplainedSides } from "./change-reason";
import { linkerdObjects, linkerdReason } from "./linkerd-reasons";
import { closersOf, type End, named, type ReasonRule, rulesOf, verb } from "./reason-rules";
import { listed } from "./sentence";

export type { ChangeReason, ExplainedSides } from "./change-reason";

/**
 * Why an edge opened, closed or changed: for each layer whose decision differs, the rules that make the difference. The cost depends only on the policies
 * of the edge's two ends, not on the size of the states.
 *
 * @returns the reasons in the order in which a packet meets the layers; never empty
 *
 * @example
 * const sides = { before: new Explainer(policies, scenario), after: new Explainer(applyEdits(policies, []), scenario) };
 * for (const { layer, words } of changeReasons(sides, { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 })) {
 *   console.log(`${layer}: ${words}`);
 * }
 */
export function changeReasons(sides: ExplainedSides, change: EdgeChange): ChangeReason[] {
  const { from, to, proto, port } = change;
  const before = change.before ?? sides.before.verdict({ from, to, proto, port });
  const after = change.after ?? sides.after.verdict({ from, to, proto, port });
  if (before === undefined || after === undefined) return ofOneSide(sides, { ...change, ...(after && { after }) });
  const edge = { sides, change, before, after };
  const reasons = [
    ...wireReasons(edge),
    ...endReason(edge, "egress"),
    ...(serviceReason(edge) ?? endReason(edge, "ingress")),
    ...linkerdReason(edge),
  ];
  if (reasons.length > 0) return reasons;
  // It was unknown and still is, for another reason.
  const unknown = (["egress", "ingress"] as const).filter((direction) => after[direction] === "unknown");
  if (unknown.length > 0)
    return unknown.map((direction) => notKnown({ side: "after", explainer: sides.after, verdict: after, direction }));
  return [{ layer: "ingress", words: "other policies decide", rules: [] }];
}

/** The reasons if an end is new or gone: all that decides about the edge in the state that has both ends. */
function ofOneSide({ before, after }: ExplainedSides, change: EdgeChange): ChangeReason[] {
  const side = change.after === undefined ? "before" : "after";
  const verdict = change[side];
  const absentFrom = side === "after" ? before : after;
  const absent = [change.from, change.to].filter((id) => absentFrom.parties.party(id) === undefined);
  const what = absent.length > 1 ? "both ends are" : absent[0] === change.to ? `${change.to} is` : "who connects is";
  const begin: ChangeReason = {
    layer: absent.includes(change.to) ? "ingress" : "egress",
    words: `${what} ${side === "after" ? "new" : "gone"}`,
    rules: [],
  };
  if (verdict === undefined || side === "before") return [begin];
  const deciding = (["egress", "ingress"] as const).flatMap((direction) =>
    allows({ side, explainer: after, verdict, direction }),
  );
  const linkerd = linkerdObjects(after, verdict, side);
  const byLinkerd =
    verdict.linkerd === undefined || linkerd === undefined
      ? []
      : [{ layer: "linkerd" as const, words: `admits it: ${linkerd.words}`, rules: linkerd.rules }];
  const all = [...deciding, ...byLinkerd];
  const nothing = [{ ...begin, words: `${begin.words}, and no policy closes either end` }];
  return all.length === 0 && verdict.allowed ? nothing : [begin, ...all];
}

/** The rules that allow an edge at one end; none if the end is open to all. */
function allows(end: End): ChangeReason[] {
  if (end.verdict[end.direction] === "unknown") return [notKnown(end)];
  const rules = rulesOf(end, "allow");
  return rules.length === 0 ? [] : [reason(end.direction, `${named(rules)} ${verb("allow", rules)} it`, rules)];
}

/** The reason if only one of the states has a Service that forwards outside clients to the target through a node, whose identity the policy then sees. */
function serviceReason({ sides, change, before, after }: ComparedEdge): ChangeReason[] | undefined {
  if (before.ingress === after.ingress || after.ingress === "unknown") return undefined;
  const client = sides.after.parties.party(change.from)?.facts;
  const [forwardedBefore, forwardedAfter] = [sides.before, sides.after].map(({ parties }) => {
    const forwarded = forwardedPort(parties.party(change.from)?.facts ?? {}, change);
    return forwarded?.isGone === true ? undefined : forwarded;
  });
  const [forwarded, side] =
    forwardedAfter === undefined ? [forwardedBefore, "before" as const] : [forwardedAfter, "after" as const];
  if (forwarded === undefined || (forwardedBefore !== undefined && forwardedAfter !== undefined)) return undefined;
  const [namespace = "", name = ""] = forwarded.service.split("/");
  const place = forwarded.place && { place: forwarded.place };
  const service: ReasonRule = {
    side,
    effect: "decide",
    words: `Service ${forwarded.service}`,
    kind: "Service",
    namespace,
    name,
    ...place,
  };
  const end: End = { side: "after", explainer: sides.after, verdict: after, direction: "ingress" };
  const rules = after.ingress === "allowed" ? rulesOf(end, "allow") : [];
  const [as, ...others] = seenAs(forwarded);
  const seen =
    as === "node" ? "in whose identity policies see them" : "which hides their address: policies see the world";
  const hidden = others.length > 0 ? "which hides their address" : seen;
  const stillConnects = client !== undefined && forwardedPort(client, change)?.isGone !== true;
  const how =
    side === "after"
      ? `${named([service])} forwards clients outside the cluster through a node, ${hidden}`
      : `${named([service])} no longer forwards clients outside the cluster through a node${stillConnects ? ": policies see their own address" : ""}`;
  const admitted = rules.length === 0 ? "" : `, and ${named(rules)} ${verb("allow", rules)} it`;
  return [reason("ingress", `${how}${admitted}`, [service, ...rules])];
}

const openness: Record<EndVerdict, number> = { denied: 0, unknown: 1, allowed: 2, "no policy here": 2 };

function endReason({ sides, before, after }: ComparedEdge, direction: Direction): ChangeReason[] {
  const endBefore: End = { side: "before", explainer: sides.before, verdict: before, direction };
  const endAfter: End = { side: "after", explainer: sides.after, verdict: after, direction };
  const rise = openness[after[direction]] - openness[before[direction]];
  if (rise === 0) return proxyReason(endBefore, endAfter);
  if (after[direction] === "unknown") return [notKnown(endAfter)];
  return [
    authenticationReason(endBefore, endAfter) ??
      (rise > 0 ? openedBy(endBefore, endAfter) : closedBy(endBefore, endAfter)),
  ];
}

/** The reason if rules allow the edge on both sides, but on one of them require an authentication that agents lack. */
function authenticationReason(endBefore: End, endAfter: End): ChangeReason | undefined {
  const asks = ({ verdict, direction }: End) =>
    verdict[direction] === "denied" && verdict.authenticates?.includes(direction) === true;
  if (asks(endBefore) === asks(endAfter)) return undefined;
  const rules = rulesOf(asks(endAfter) ? endAfter : endBefore, "allow");
  const words = `${named(rules)} ${asks(endAfter) ? verb("require", rules) : `no longer ${verb("require", rules)}`} ${AUTHENTICATION}`;
  return reason(endAfter.direction, words, rules);
}

function openedBy(endBefore: End, endAfter: End): ChangeReason {
  const { direction } = endAfter;
  const gone = rulesOf(endBefore, "deny");
  const admitted = rulesOf(endAfter, "allow");
  const isNew = rulesOf(endBefore, "allow").length === 0 ? admitted : [];
  const parts = [
    ...(gone.length > 0 ? [`${named(gone)} no longer ${verb("deny", gone)} it`] : []),
    ...(isNew.length > 0 ? [`${named(isNew)} ${verb("allow", isNew)} it`] : []),
  ];
  if (parts.length > 0) return reason(direction, parts.join(", and "), [...gone, ...isNew]);
  const setting = settingWords(endAfter);
  if (setting !== undefined) return reason(direction, setting, []);
  if (endAfter.direction === "ingress" && fromOwnNode(endAfter.verdict))
    return reason(direction, "a node always reaches the pods that run on it", []);
  const closers = closersOf(endBefore);
  if (closers.length === 0) return reason(direction, `nothing closes ${direction} any more`, []);
  const words = `${named(closers)} no longer ${verb("close", closers)} it`;
  return reason(direction, words, closers);
}

function closedBy(endBefore: End, endAfter: End): ChangeReason {
  const { direction } = endAfter;
  const denying = rulesOf(endAfter, "deny");
  if (denying.length > 0) return reason(direction, `${named(denying)} ${verb("deny", denying)} it`, denying);
  const lost = rulesOf(endBefore, "allow");
  const closers = closersOf(endAfter);
  const setting = closers.length === 0 ? settingWords(endAfter) : undefined;
  const cut =
    setting ?? (closers.length === 0 ? undefined : `${named(closers)} ${verb("close", closers)} ${direction}`);
  if (lost.length > 0) {
    const still = cut === undefined ? "" : `, and ${cut}`;
    return reason(direction, `${named(lost)} no longer ${verb("allow", lost)} it${still}`, [...lost, ...closers]);
  }
  return reason(direction, `${cut ?? `${direction} is closed`}, and no rule allows it`, closers);
}

/** The reason if Cilium's own proxy is in between on one side only, or lets other requests through. */
function proxyReason(endBefore: End, endAfter: End): ChangeReason[] {
  const [requestsBefore, requestsAfter] = [proxiedAt(endBefore), proxiedAt(endAfter)];
  if (requestsBefore.join("\0") !== requestsAfter.join("\0")) {
    const [before, after] = [rulesOf(endBefore, "allow", true), rulesOf(endAfter, "allow", true)];
    const by = (rules: readonly ReasonRule[]) => (rules.length === 0 ? "" : ` (${named(rules)})`);
    const words = `Cilium's proxy lets through ${listed(requestsAfter, 4)}${by(after)}; before: ${listed(requestsBefore, 4)}${by(before)}`;
    return [reason(endAfter.direction, words, [...after, ...before])];
  }
  if ((endBefore.verdict.l7 === true) === (endAfter.verdict.l7 === true)) return [];
  const through = endAfter.verdict.l7 === true ? endAfter : endBefore;
  const rules = rulesOf(through, "allow", true);
  if (rules.length === 0) return [];
  const words = `${named(rules)} ${through === endAfter ? "" : "no longer "}${verb("hand", rules)} it to Cilium's proxy`;
  return [reason(endAfter.direction, words, rules)];
}

const proxiedAt = ({ verdict, direction }: End): string[] =>
  (verdict.proxied?.[direction] ?? EVERYTHING).map(matchWords);

function notKnown({ verdict, direction }: End): ChangeReason {
  return reason(direction, `not known: ${listed(verdict.unknown ?? ["not enough is known"])}`, []);
}

function settingWords({ explainer: { parties }, verdict, direction }: End): string | undefined {
  const subject = parties.party(direction === "ingress" ? verdict.to : verdict.from);
  const enforcement = subject && parties.enforcementOf(subject);
  if (enforcement === "never") return "the agent enforces no policy (policyEnforcementMode is never)";
  if (enforcement === "audit") return "the agent reports what policies deny but lets it through (policyAuditMode)";
  if (enforcement === "always") return "the agent enforces policy everywhere (policyEnforcementMode is always)";
  return undefined;
}

function wireReasons({ sides, change, before, after }: ComparedEdge): ChangeReason[] {
  if (before.wire === undefined && after.wire === undefined) return [];
  const [wireBefore, wireAfter] = [wireWords(before), wireWords(after)];
  if (wireBefore === wireAfter) return [];
  const { parties, scenario } = sides.after;
  const request = {
    proto: change.proto,
    port: change.port,
    from: parties.party(change.from)?.facts.mesh,
    to: parties.party(change.to)?.facts.mesh,
  };
  const why = wireReason(request, scenario.mesh?.transportMode);
  return [{ layer: "wire", words: `${wireBefore} → ${wireAfter}: ${why}`, rules: [] }];
}

function wireWords({ port, wire = { port, mtls: false } as Wire }: Verdict): string {
  if (wire.refused !== undefined) return "refused by the proxy";
  return `${wire.mtls ? "mTLS" : "plain text"} on ${wire.port}`;
}

function reason(layer: ChangeReason["layer"], words: string, rules: readonly ReasonRule[]): ChangeReason {
  return { layer, words, rules };
}

/** The reasons as one line: `egress: …; ingress: …`. */
export function reasonsWords(reasons: readonly ChangeReason[]): string {
  return reasons.map(({ layer, words }) => `${layer}: ${words}`).join("; ");
}
