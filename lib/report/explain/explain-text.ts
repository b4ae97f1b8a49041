import { formatPlace } from "../../common/problem";
import type { EndExplanation, Explanation, JudgedRule } from "../../reachability/explain/explanation";
import { namesSubject, nearestWords, policyWords } from "../../reachability/explain/sentence";
import type { PolicyPlace } from "../../reachability/explain/sources";
import type { State } from "../../reachability/verdict";
import { mark, plural, portWords } from "../../reachability/words";
import { plainStyle, type Style, wrap } from "../style";

/** Why a flow passes or not, for a terminal: the answer in one sentence, then each step of the way. */
export function explainText(explanation: Explanation, style: Style = plainStyle): string {
  const { state, sentence, egress, ingress } = explanation;
  const lines = [
    `${glyph(state, style)} ${style.strong(wrap(sentence, { indent: 2 }))}`,
    "",
    ...step("asked", portWords(explanation.flow), style),
    ...wireLines(explanation, style),
    ...endLines(egress, style),
    ...endLines(ingress, style),
    ...linkerdLines(explanation, style),
  ];
  return `${lines.join("\n")}\n`;
}

function glyph(state: State, style: Style): string {
  const paint = { allowed: style.good, denied: style.bad, unknown: style.warn }[state];
  return paint(mark[state]);
}

const indent = 11;

function step(name: string, text: string, style: Style): string[] {
  return [`  ${style.faint(name.padEnd(indent - 2))}${wrap(text, { indent })}`];
}

function wireLines({ wire, flow }: Explanation, style: Style): string[] {
  if (wire === undefined) return [];
  const how = wire.mtls ? "mTLS" : "plain text";
  const more = wire.opensAllPorts === true ? ". To Cilium, whoever may connect to it may connect to every port" : "";
  return step("wire", `${flow.proto} ${wire.port}, ${how}: ${wire.why}${more}`, style);
}

function linkerdLines({ linkerd }: Explanation, style: Style): string[] {
  if (linkerd === undefined) return [];
  const margin = " ".repeat(indent);
  return [
    ...step("linkerd", linkerd.sentence, style),
    ...(linkerd.sameAccount ?? []).slice(0, 1).map((first) => {
      const more = (linkerd.sameAccount ?? []).length - 1;
      const who = more === 0 ? `${first} runs` : `${first} and ${more} more run`;
      return `${margin}${wrap(`${who} under the same account: to Linkerd they are the same client; only Cilium tells them apart`, { indent })}`;
    }),
    ...linkerd.objects.map((one) => `${margin}${one.kind} ${one.namespace}/${one.name}${at(one, style)}`),
    ...(linkerd.nearest === undefined ? [] : nearestLines(linkerd.nearest, style)),
    ...(linkerd.routes ?? []).map(({ requests, verdict, status }) => {
      const paint = { allowed: style.good, denied: style.bad, unknown: style.warn }[verdict];
      return `${margin}${paint(mark[verdict])} ${requests}${status === undefined ? "" : ` ${status}`}`;
    }),
  ];
}

function nearestLines(nearest: NonNullable<NonNullable<Explanation["linkerd"]>["nearest"]>, style: Style): string[] {
  const { kind, namespace, name, words } = nearest;
  const text = `nearest: ${kind} ${namespace}/${name} would, but ${words}`;
  return [`${" ".repeat(indent)}${style.warn("≈")} ${wrap(text, { indent: indent + 2 })}${at(nearest, style)}`];
}

function endLines(end: EndExplanation, style: Style): string[] {
  const { direction, subject, sentence, policies, matching, missing, verdict, outranked = [] } = end;
  const lines = step(direction, namesSubject(end) ? sentence : `${subject}: ${sentence}`, style);
  if (policies.length > 0) lines.push(...policyLines(end, style));
  for (const rule of matching) lines.push(...ruleLines(rule, `${ruleGlyph(rule, style)} ${verbOf(rule)}`, style));
  for (const rule of outranked.slice(0, mostPolicies))
    lines.push(...ruleLines(rule, style.faint(`- not reached, because others decide first`), style));
  if (verdict !== "denied" || matching.some(({ effect }) => effect === "deny")) return lines;
  const [nearest] = missing;
  if (nearest !== undefined) {
    lines.push(
      `${" ".repeat(indent)}${style.warn("≈")} ${wrap(`nearest: ${nearestWords(nearest)}`, { indent: indent + 2 })}${at(nearest.policy, style)}`,
    );
    if (nearest.misses.length > 1)
      for (const { words } of nearest.misses)
        lines.push(`${" ".repeat(indent + 4)}${wrap(words, { indent: indent + 6 })}`);
  }
  return lines;
}

function policyLines({ policies, direction }: EndExplanation, style: Style): string[] {
  const shown = policies.slice(0, mostPolicies).map(({ policy, defaultDeny }) => {
    const what = defaultDeny ? `closes ${direction}` : "adds rules, closes nothing";
    return `${" ".repeat(indent)}${policyWords(policy)} ${style.faint(what)}${at(policy, style)}`;
  });
  const rest = policies.length - mostPolicies;
  return rest > 0
    ? [...shown, `${" ".repeat(indent)}${style.faint(`and ${plural(rest, "more policy", "more policies")} select it`)}`]
    : shown;
}

const mostPolicies = 8;

function ruleLines(rule: JudgedRule, says: string, style: Style): string[] {
  const l7 = rule.l7 === true ? ", through Cilium's proxy" : "";
  return [`${" ".repeat(indent)}${says}: ${rule.words}${l7}${at(rule.policy, style)}`];
}

function verbOf({ effect, unknown }: JudgedRule): string {
  if (unknown !== undefined) return `may ${effect}`;
  return { allow: "allows", deny: "denies", pass: "passes, so the next tier is asked" }[effect];
}

const ruleGlyph = ({ effect, unknown }: JudgedRule, style: Style) =>
  unknown !== undefined
    ? style.warn(mark.unknown)
    : { allow: style.good(mark.allowed), deny: style.bad(mark.denied), pass: style.faint("→") }[effect];

function at({ place }: Pick<PolicyPlace, "place">, style: Style): string {
  return place === undefined ? "" : `  ${style.faint(formatPlace(place))}`;
}
