import { parsePortNumber, parseRuleProtocol } from "../../kubernetes/ports";
import { meshPorts } from "../../linkerd/wire/ports";
import type { Flow } from "../../scenario/scenario";
import { type KnownEndpoint, type LintContext, type PlacedItem, peerListsOf, peerPath } from "../context";
import { namespacesOf } from "../described";
import { type LintRule, Severity } from "../finding";
import { idsOf, names } from "../text";
import { mayHaveUnseenPods } from "../unseen";

export const otherEndDenies: LintRule = {
  id: "other-end-denies",
  severity: Severity.Warning,
  title: "One end allows what the other denies",
  why:
    "A connection must be allowed twice: as egress at the client's pod and as ingress at the server's. What one end allows and the other denies never " +
    "passes, whichever of the pods it is.",
  fix: "Allow it at the other end as well, or delete this rule.",
  kubernetes: true,
  *check(context) {
    for (const item of context.items) {
      if (item.deny || !isOfPods(context, item)) continue;
      const [subjects, peers] = [item.of.subjects, podsAmong(context.peersOf(item))];
      const other = item.direction === "ingress" ? "egress" : "ingress";
      if (subjects.length === 0 || peers.length === 0) continue;
      let asked = 0;
      let isDenied = true;
      for (const flow of flowsOf(item, subjects, peers)) {
        // Do not report a rule with so many flows: the cost is high, and the cause is hardly this rule.
        if (++asked > mostFlows || !isDeniedAt(context, flow, other)) {
          isDenied = false;
          break;
        }
      }
      if (!isDenied || asked === 0) continue;
      const who = peers.length === 1 ? `${names(peers)} never` : `none of ${names(peers)} ever`;
      const does = item.direction === "ingress" ? "connects to" : "admits";
      yield {
        policy: item.of.policy,
        path: peerPath(item, "endpoints"),
        data: { subjects: idsOf(subjects), peers: idsOf(peers) },
        message: `this allows nothing: under the policies at the other end, ${who} ${does} ${names(subjects)} here`,
      };
    }
  },
};

const mostFlows = 4000;

/** Whether all peers of an item are known pods. */
function isOfPods(context: LintContext, item: PlacedItem): boolean {
  const [list, ...others] = peerListsOf(item);
  if (list !== "endpoints" || others.length > 0 || (item.icmps ?? []).length > 0) return false;
  return context
    .selectorsOf(item)
    .every((selector) => !mayHaveUnseenPods(context.facts, namespacesOf(selector, context.scenario)));
}

const podsAmong = (endpoints: readonly KnownEndpoint[]) => endpoints.filter(({ identity }) => identity.kind === "pod");

/** Flows that an item allows at its own end. */
function* flowsOf(
  item: PlacedItem,
  subjects: readonly KnownEndpoint[],
  peers: readonly KnownEndpoint[],
): Iterable<Flow> {
  for (const subject of subjects)
    for (const peer of peers) {
      if (subject === peer) continue;
      const [client, server] = item.direction === "ingress" ? [peer, subject] : [subject, peer];
      for (const port of portsOf(item, server)) yield { from: client.facts.id, to: server.facts.id, ...port };
    }
}

function portsOf({ toPorts = [] }: PlacedItem, { facts }: KnownEndpoint): Pick<Flow, "proto" | "port">[] {
  const declared = (facts.ports ?? [])
    .filter(({ standsFor }) => standsFor === undefined)
    .map(({ protocol = "TCP", port, name }) => ({ proto: protocol, port, name }));
  if (toPorts.length === 0) return declared.map(({ proto, port }) => ({ proto, port }));
  return toPorts
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ port = "", endPort = 0, protocol }) => {
      const rule = parseRuleProtocol(protocol) ?? "ANY";
      const number = parsePortNumber(port);
      if (number !== undefined && number > 0 && endPort <= number)
        return [{ proto: rule === "ANY" ? "TCP" : rule, port: number }];
      return declared
        .filter(({ proto, port: own, name }) => {
          const isMeant =
            number === undefined ? name === port.toLowerCase() : number === 0 || (number <= own && own <= endPort);
          return isMeant && (rule === "ANY" || rule === proto);
        })
        .map(({ proto, port }) => ({ proto, port }));
    });
}

function isDeniedAt({ reachability }: LintContext, flow: Flow, end: "ingress" | "egress"): boolean {
  const verdict = reachability.verdict(flow);
  // Other rules report flows that Linkerd moves to its own port, or that go to it anyway.
  const isMoved = (verdict.wire?.port ?? flow.port) !== flow.port || flow.port === meshPorts.inbound;
  return !isMoved && verdict[end] === "denied";
}
