import { selects } from "../../cilium/api/selector";
import { type Direction, policyEntries } from "../../cilium/policy/entries";
import { isNode, podLabels } from "../../cilium/policy/identity";
import { flowPort } from "../../scenario/flows";
import type { Scenario } from "../../scenario/scenario";
import { type Change, diffReachability, type ReachabilityDiff, type Side } from "../diff";
import { PortClasses } from "../port-classes";
import type { PortOfFlow } from "../verdict";
import { evaluatedOf, type PolicySource } from "./sources";

/** The pods of which some policy says something else than before, by the direction that it says it of. */
export type Concerned = Readonly<Record<Direction, ReadonlySet<string>>>;

/**
 * The pods that the policies select which are on one side only. Nothing else changes for anybody else, but where a DNS name is mentioned anew, which
 * gives addresses a label more.
 */
export function concernedBy(
  before: readonly PolicySource[],
  after: readonly PolicySource[],
  scenario: Scenario,
): Concerned {
  const [had, has] = [new Set(before), new Set(after)];
  const changed = [...before.filter((one) => !has.has(one)), ...after.filter((one) => !had.has(one))];
  const entries = changed.flatMap((source) => policyEntries(evaluatedOf(source), 0, scenario));
  const concerned = { ingress: new Set<string>(), egress: new Set<string>() };
  for (const endpoint of scenario.endpoints) {
    // Whom a nodeSelector selects depends on a node's own labels: any of them may be concerned, and those that are not have no difference.
    const isOne = isNode(endpoint);
    if (endpoint.namespace === undefined && !isOne) continue;
    const labels = endpoint.namespace === undefined ? undefined : podLabels(endpoint, scenario);
    for (const { direction, subject, node } of entries) {
      const isSubject = node ? isOne : labels !== undefined && selects(subject, labels);
      if (isSubject) concerned[direction].add(endpoint.id);
    }
  }
  return concerned;
}

/** What of a difference between two states of one cluster is told. */
export type Difference = Pick<ReachabilityDiff, "opened" | "closed" | "unclear" | "changed">;

/** What opens, closes, may do so and changes, looked for only where something can. */
export function differenceOf(before: Side, after: Side, { ingress, egress }: Concerned): Difference {
  const { length } = before.scenario.endpoints;
  // One direction after the other costs more than all at once where many pods are concerned.
  if (egress.size > length / 8) return diffReachability(before, after);
  const parts = [
    ...[...ingress].flatMap((to) => {
      const from = decidedOtherwise(before, after, "ingress", to);
      return from.size > 0 ? [diffReachability(before, after, { to: new Set([to]), from })] : [];
    }),
    ...[...egress].flatMap((from) => {
      const to = decidedOtherwise(before, after, "egress", from);
      return to.size > 0 ? [diffReachability(before, after, { to, from: new Set([from]) })] : [];
    }),
  ];
  return {
    opened: distinct(parts.flatMap(({ opened }) => opened)),
    closed: distinct(parts.flatMap(({ closed }) => closed)),
    unclear: distinct(parts.flatMap(({ unclear }) => unclear)),
    changed: distinct(parts.flatMap(({ changed }) => changed)),
  };
}

/** The same where objects of Linkerd's authorization change as well: at the pods that these are about, every port is asked about. */
export function differenceWithAuthorization(
  before: Side,
  after: Side,
  concerned: Concerned,
  pods: ReadonlySet<string>,
): Difference {
  const byCilium = differenceOf(before, after, concerned);
  const byLinkerd = diffReachability(before, after, { to: pods });
  return {
    opened: distinct([...byCilium.opened, ...byLinkerd.opened]),
    closed: distinct([...byCilium.closed, ...byLinkerd.closed]),
    unclear: distinct([...byCilium.unclear, ...byLinkerd.unclear]),
    changed: distinct([...byCilium.changed, ...byLinkerd.changed]),
  };
}

/** Those about whom an endpoint's own policy decides otherwise than before, on some port that it tells apart. */
function decidedOtherwise(before: Side, after: Side, direction: Direction, subject: string): Set<string> {
  const { endpoints, flows = [] } = before.scenario;
  const sides = [before.reachability, after.reachability];
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const found = new Set<string>();
  for (const { id } of endpoints) {
    if (id === subject) continue;
    const ends = direction === "ingress" ? { from: id, to: subject } : { from: subject, to: id };
    const target = byId.get(ends.to);
    const examples = new PortClasses()
      .addAll(sides.map((side) => side.portClassesAt(direction, ends.from, ends.to)))
      .examples([], target?.mesh);
    const named = flows.filter(({ from, to }) => from === ends.from && to === ends.to);
    const isOther = ({ proto, port }: PortOfFlow) => {
      const [was, is] = sides.map((side) => side.atEnd(direction, { ...ends, proto, port }));
      return was !== is;
    };
    if ([...(target?.ports ?? []).map(flowPort), ...named, ...examples].some(isOther)) found.add(id);
  }
  return found;
}

/** Each edge once: one whose both ends are concerned is found twice. */
function distinct(changes: readonly Change[]): Change[] {
  const known = new Set<string>();
  return changes.flatMap((change) => {
    const { to, proto, port } = change;
    const from = change.from.filter((id) => {
      const key = `${id}\0${to}\0${proto}\0${port}`;
      return !known.has(key) && known.add(key);
    });
    return from.length === 0 ? [] : [{ ...change, from }];
  });
}
