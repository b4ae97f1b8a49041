import type { Direction } from "../../cilium/policy/entries";
import { EVERYTHING, matchWords } from "../../cilium/policy/proxied";
import { formatPlace } from "../../common/problem";
import { wireReason } from "../../linkerd/wire/reason";
import type { Wire } from "../../linkerd/wire/wire";
import { forwardedPort, seenAs } from "../../scenario/flows";
import type { EdgeChange } from "../diff";
import type { DecidingObject } from "../linkerd-decision";
import { opensRequests } from "../opens-requests";
import type { EndVerdict, Verdict } from "../verdict";
import { AUTHENTICATION, fromOwnNode, linkerdWords } from "../words";
import type { Explainer } from "./explain";
import { closersOf, type End, named, type ReasonRule, rulesOf, verb } from "./reason-rules";
import { listed } from "./sentence";

/** Why an edge changed, as far as one part of its way goes. */
export interface ChangeReason {
  /** Which part: the policies of the end that connects, those of the other, its Linkerd proxy, or what is on the wire. */
  layer: Direction | "linkerd" | "wire";
  /** In one clause: `rule 2 of shop/api (after/api.yaml:14) allows it`. */
  words: string;
  /** The rules and objects that it names. Empty: a setting, a default or the mesh decides. */
  rules: readonly ReasonRule[];
}

/** What explains the two states that are compared. */
export interface ExplainedSides {
  /** The state before. */
  before: Explainer;
  /** The state after. */
  after: Explainer;
}

/**
 * Why an edge opened, closed or changed: for each part of the way that decides otherwise, which rule of which policy makes the difference. Costs what
 * the policies of the two ends cost, whatever else the states hold.
 *
 * @returns The parts in the order of the way. Never empty.
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
  const told = { sides, change, before, after };
  const reasons = [
    ...wireReasons(told),
    ...endReason(told, "egress"),
    ...(serviceReason(told) ?? endReason(told, "ingress")),
    ...linkerdReason(told),
  ];
  if (reasons.length > 0) return reasons;
  // It was not known and still is not, for another reason than before.
  const unknown = (["egress", "ingress"] as const).filter((direction) => after[direction] === "unknown");
  if (unknown.length > 0)
    return unknown.map((direction) => notKnown({ side: "after", explainer: sides.after, verdict: after, direction }));
  return [{ layer: "ingress", words: "other policies decide", rules: [] }];
}

/** An edge that both states know. */
interface Told {
  sides: ExplainedSides;
  change: EdgeChange;
  before: Verdict;
  after: Verdict;
}

/** One of the ends is new, or gone: all that decides about it in the state that knows it. */
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

/** The rules that let an edge through at one end; none where it is open to all. */
function allows(end: End): ChangeReason[] {
  if (end.verdict[end.direction] === "unknown") return [notKnown(end)];
  const rules = rulesOf(end, "allow");
  return rules.length === 0 ? [] : [reason(end.direction, `${named(rules)} ${verb("allow", rules)} it`, rules)];
}

/** A Service leads clients outside there through a node, which the policy sees in their place, in one of the states alone. */
function serviceReason({ sides, change, before, after }: Told): ChangeReason[] | undefined {
  if (before.ingress === after.ingress || after.ingress === "unknown") return undefined;
  const client = sides.after.parties.party(change.from)?.facts;
  const [was, is] = [sides.before, sides.after].map(({ parties }) => {
    const led = forwardedPort(parties.party(change.from)?.facts ?? {}, change);
    return led?.isGone === true ? undefined : led;
  });
  const [led, side] = is === undefined ? [was, "before" as const] : [is, "after" as const];
  if (led === undefined || (was !== undefined && is !== undefined)) return undefined;
  const [namespace = "", name = ""] = led.service.split("/");
  const place = led.place && { place: led.place };
  const service: ReasonRule = {
    side,
    effect: "decide",
    words: `Service ${led.service}`,
    kind: "Service",
    namespace,
    name,
    ...place,
  };
  const end: End = { side: "after", explainer: sides.after, verdict: after, direction: "ingress" };
  const rules = after.ingress === "allowed" ? rulesOf(end, "allow") : [];
  const [as, ...others] = seenAs(led);
  const asWhom = as === "node" ? "as which they come in" : "which hides their address: they come in as the world";
  const hidden = others.length > 0 ? "which hides their address" : asWhom;
  // Who does not come at all comes as nobody.
  const isKept = client !== undefined && forwardedPort(client, change)?.isGone !== true;
  const how =
    side === "after"
      ? `${named([service])} leads clients outside there through a node, ${hidden}`
      : `${named([service])} no longer leads clients outside there through a node${isKept ? ": they come in by their own address" : ""}`;
  const admitted = rules.length === 0 ? "" : `, and ${named(rules)} ${verb("allow", rules)} it`;
  return [reason("ingress", `${how}${admitted}`, [service, ...rules])];
}

const openness: Record<EndVerdict, number> = { denied: 0, unknown: 1, allowed: 2, "no policy here": 2 };

function endReason({ sides, before, after }: Told, direction: Direction): ChangeReason[] {
  const was: End = { side: "before", explainer: sides.before, verdict: before, direction };
  const is: End = { side: "after", explainer: sides.after, verdict: after, direction };
  const rise = openness[after[direction]] - openness[before[direction]];
  if (rise === 0) return proxyReason(was, is);
  if (after[direction] === "unknown") return [notKnown(is)];
  return [authenticationReason(was, is) ?? (rise > 0 ? openedBy(was, is) : closedBy(was, is))];
}

/** Rules that allow it on both sides, and ask for an authentication that nobody gives on one. */
function authenticationReason(was: End, is: End): ChangeReason | undefined {
  const asks = ({ verdict, direction }: End) =>
    verdict[direction] === "denied" && verdict.authenticates?.includes(direction) === true;
  if (asks(was) === asks(is)) return undefined;
  const rules = rulesOf(asks(is) ? is : was, "allow");
  const words = `${named(rules)} ${asks(is) ? verb("require", rules) : `no longer ${verb("require", rules)}`} ${AUTHENTICATION}`;
  return reason(is.direction, words, rules);
}

function openedBy(was: End, is: End): ChangeReason {
  const { direction } = is;
  const gone = rulesOf(was, "deny");
  const admitted = rulesOf(is, "allow");
  const isNew = rulesOf(was, "allow").length === 0 ? admitted : [];
  const parts = [
    ...(gone.length > 0 ? [`${named(gone)} no longer ${verb("deny", gone)} it`] : []),
    ...(isNew.length > 0 ? [`${named(isNew)} ${verb("allow", isNew)} it`] : []),
  ];
  if (parts.length > 0) return reason(direction, parts.join(", and "), [...gone, ...isNew]);
  const setting = settingWords(is);
  if (setting !== undefined) return reason(direction, setting, []);
  if (is.direction === "ingress" && fromOwnNode(is.verdict))
    return reason(direction, "a node always reaches the pods that run on it", []);
  const closers = closersOf(was);
  if (closers.length === 0) return reason(direction, `nothing closes ${direction} any more`, []);
  const words = `${named(closers)} no longer ${verb("close", closers)} it`;
  return reason(direction, words, closers);
}

function closedBy(was: End, is: End): ChangeReason {
  const { direction } = is;
  const denying = rulesOf(is, "deny");
  if (denying.length > 0) return reason(direction, `${named(denying)} ${verb("deny", denying)} it`, denying);
  const lost = rulesOf(was, "allow");
  const closers = closersOf(is);
  const setting = closers.length === 0 ? settingWords(is) : undefined;
  const cut =
    setting ?? (closers.length === 0 ? undefined : `${named(closers)} ${verb("close", closers)} ${direction}`);
  if (lost.length > 0) {
    const still = cut === undefined ? "" : `, and ${cut}`;
    return reason(direction, `${named(lost)} no longer ${verb("allow", lost)} it${still}`, [...lost, ...closers]);
  }
  return reason(direction, `${cut ?? `${direction} is closed`}, and no rule allows it`, closers);
}

/** Cilium's own proxy stands in between on one side only, or lets other requests through. */
function proxyReason(was: End, is: End): ChangeReason[] {
  const [had, has] = [proxiedAt(was), proxiedAt(is)];
  if (had.join("\0") !== has.join("\0")) {
    const [before, after] = [rulesOf(was, "allow", true), rulesOf(is, "allow", true)];
    const by = (rules: readonly ReasonRule[]) => (rules.length === 0 ? "" : ` (${named(rules)})`);
    const words = `what passes Cilium's proxy is ${listed(has, 4)}${by(after)}; it was ${listed(had, 4)}${by(before)}`;
    return [reason(is.direction, words, [...after, ...before])];
  }
  if ((was.verdict.l7 === true) === (is.verdict.l7 === true)) return [];
  const through = is.verdict.l7 === true ? is : was;
  const rules = rulesOf(through, "allow", true);
  if (rules.length === 0) return [];
  const words = `${named(rules)} ${through === is ? "" : "no longer "}${verb("hand", rules)} it to Cilium's proxy`;
  return [reason(is.direction, words, rules)];
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

function wireReasons({ sides, change, before, after }: Told): ChangeReason[] {
  if (before.wire === undefined && after.wire === undefined) return [];
  const [was, is] = [wireWords(before), wireWords(after)];
  if (was === is) return [];
  const { parties, scenario } = sides.after;
  const request = {
    proto: change.proto,
    port: change.port,
    from: parties.party(change.from)?.facts.mesh,
    to: parties.party(change.to)?.facts.mesh,
  };
  const why = wireReason(request, scenario.mesh?.transportMode);
  return [{ layer: "wire", words: `${was} → ${is}: ${why}`, rules: [] }];
}

function wireWords({ port, wire = { port, mtls: false } as Wire }: Verdict): string {
  if (wire.refused !== undefined) return "refused by the proxy";
  return `${wire.mtls ? "mTLS" : "plain text"} on ${wire.port}`;
}

function linkerdReason({ sides, before, after }: Told): ChangeReason[] {
  const [had, has] = [before.linkerd, after.linkerd];
  if (had === undefined && has === undefined) return [];
  const [was, is] = [linkerdState(before), linkerdState(after)];
  const opens = is > was || opensRequests(had, has);
  const closes = is < was || opensRequests(has, had);
  if (!opens && !closes) return [];
  const now = linkerdObjects(sides.after, after, "after");
  const then = linkerdObjects(sides.before, before, "before");
  if (now === undefined) {
    const words = `no Server and no default policy decides any more; before: ${then?.words ?? ""}`;
    return [{ layer: "linkerd", words, rules: then?.rules ?? [] }];
  }
  // An authorization that is gone is named where it stood.
  const lost = (then?.rules ?? []).filter((rule) => !now.rules.some((one) => one.words === rule.words));
  const begin = { denied: "refuses it: ", allowed: "admits it: ", unknown: "" }[has?.verdict ?? "allowed"];
  const gone = lost.length === 0 ? "" : `; ${named(lost)} no longer ${verb("decide", lost)}`;
  return [{ layer: "linkerd", words: `${begin}${now.words}${gone}`, rules: [...now.rules, ...lost] }];
}

const linkerdState = ({ linkerd }: Verdict) =>
  linkerd === undefined ? 2 : { denied: 0, unknown: 1, allowed: 2 }[linkerd.verdict];

function linkerdObjects(explainer: Explainer, verdict: Verdict, side: ReasonRule["side"]) {
  const told = explainer.authorization(verdict);
  if (told === undefined || verdict.linkerd === undefined) return undefined;
  const rules = told.objects.map((one): ReasonRule => ({ side, effect: "decide", words: objectWords(one), ...one }));
  return { words: withPlaces(linkerdWords(verdict.linkerd), rules, told.objects), rules };
}

/** The words with file and line behind each object where it is named first; those that they do not name follow in brackets. */
function withPlaces(words: string, rules: readonly ReasonRule[], objects: readonly DecidingObject[]): string {
  const named: { end: number; at: string }[] = [];
  const others: string[] = [];
  for (const [index, { place, words: long }] of rules.entries()) {
    if (place === undefined) continue;
    const at = ` at ${formatPlace(place)}`;
    const { kind = "", name = "" } = objects[index] ?? {};
    const end = endOfName(words, `${kind} ${name}`);
    if (end === undefined) others.push(`${long}${at}`);
    else named.push({ end, at });
  }
  const placed = named
    .sort((a, b) => b.end - a.end)
    .reduce((text, { end, at }) => text.slice(0, end) + at + text.slice(end), words);
  return others.length === 0 ? placed : `${placed} [${listed(others, 4)}]`;
}

/** Where a name ends that stands in words as a whole: `Server web` is not in `Server web-admin`. */
function endOfName(words: string, name: string): number | undefined {
  for (let start = words.indexOf(name); start >= 0; start = words.indexOf(name, start + 1)) {
    const end = start + name.length;
    if (!/[\w.-]/.test(words.charAt(end))) return end;
  }
  return undefined;
}

const objectWords = ({ kind, namespace, name }: DecidingObject) => `${kind} ${namespace}/${name}`;

function reason(layer: ChangeReason["layer"], words: string, rules: readonly ReasonRule[]): ChangeReason {
  return { layer, words, rules };
}

/** The reasons as one line: `egress: …; ingress: …`. */
export function reasonsWords(reasons: readonly ChangeReason[]): string {
  return reasons.map(({ layer, words }) => `${layer}: ${words}`).join("; ");
}
