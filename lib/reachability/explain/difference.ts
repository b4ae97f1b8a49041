import { selects } from "../../cilium/api/selector";
import { type Direction, policyEntries } from "../../cilium/policy/entries";
import { isNode, podLabels } from "../../cilium/policy/identity";
import { flowPort } from "../../scenario/flows";
import type { Scenario } from "../../scenario/scenario";
import { type Change, diffReachability, type ReachabilityDiff, type Side } from "../diff";
import { PortClasses } from "../port-classes";
import type { PortOfFlow } from "../verdict";
import { evaluatedOf, type PolicySource } from "./sources";

/** The endpoints whose policies changed, by direction. */
export type Concerned = Readonly<Record<Direction, ReadonlySet<string>>>;

/**
 * The endpoints that the added or removed policies select. The verdicts at others stay the same, unless a policy mentions a new DNS name, which gives
 * addresses another label.
 */
export function concernedBy(
  before: readonly PolicySource[],
  after: readonly PolicySource[],
  scenario: Scenario,
): Concerned {
  const [policiesBefore, policiesAfter] = [new Set(before), new Set(after)];
  const changed = [
    ...before.filter((one) => !policiesAfter.has(one)),
    ...after.filter((one) => !policiesBefore.has(one)),
  ];
  const entries = changed.flatMap((source) => policyEntries(evaluatedOf(source), 0, scenario));
  const concerned = { ingress: new Set<string>(), egress: new Set<string>() };
  for (const endpoint of scenario.endpoints) {
    // Include every node, because the labels that a nodeSelector matches may be unknown. Nodes that it does not select simply show no difference.
    const isNodeEndpoint = isNode(endpoint);
    if (endpoint.namespace === undefined && !isNodeEndpoint) continue;
    const labels = endpoint.namespace === undefined ? undefined : podLabels(endpoint, scenario);
    for (const { direction, subject, node } of entries) {
      const isSubject = node ? isNodeEndpoint : labels !== undefined && selects(subject, labels);
      if (isSubject) concerned[direction].add(endpoint.id);
    }
  }
  return concerned;
}

/** The parts of a difference between two states of one cluster that are reported. */
export type Difference = Pick<ReachabilityDiff, "opened" | "closed" | "unclear" | "changed">;

/** The difference between two states, computed only for endpoints whose policies changed. */
export function differenceOf(before: Side, after: Side, { ingress, egress }: Concerned): Difference {
  const { length } = before.scenario.endpoints;
  // If many pods are concerned, a single full comparison is cheaper.
  if (egress.size > length / 8) return diffReachability(before, after);
  const parts = [
    ...[...ingress].flatMap((to) => {
      const from = changedPeers(before, after, "ingress", to);
      return from.size > 0 ? [diffReachability(before, after, { to: new Set([to]), from })] : [];
    }),
    ...[...egress].flatMap((from) => {
      const to = changedPeers(before, after, "egress", from);
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

/** The same if objects of Linkerd's authorization change too. At the pods that those concern, every port is compared. */
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

/** The peers about which an endpoint's own policies changed their decision on at least one port. */
function changedPeers(before: Side, after: Side, direction: Direction, subject: string): Set<string> {
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
    const isChanged = ({ proto, port }: PortOfFlow) => {
      const [decisionBefore, decisionAfter] = sides.map((side) => side.atEnd(direction, { ...ends, proto, port }));
      return decisionBefore !== decisionAfter;
    };
    if ([...(target?.ports ?? []).map(flowPort), ...named, ...examples].some(isChanged)) found.add(id);
  }
  return found;
}

/** Each edge once: an edge with two concerned ends is found twice. */
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
