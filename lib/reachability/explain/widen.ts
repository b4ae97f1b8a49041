import type { EvaluatedPolicy, PolicyManifest, PortRule, Rule } from "../../cilium/api/policy";
import { selects } from "../../cilium/api/selector";
import { type Entry, policyNamespace } from "../../cilium/policy/entries";
import type { Path } from "../../common/problem";
import { namespaceNameProblems } from "../../kubernetes/names";
import type { Edit } from "./edits";
import { kubernetesRule } from "./kubernetes";
import { judge } from "./misses";
import { type AtEnd, memberAt, packetWords } from "./narrow";
import type { Packet, Party } from "./parties";
import { type Item, peersNaming, portItem, portsNaming, protocolName, subjectNaming, transports } from "./peers";
import { listed, policyWords, ruleWords } from "./sentence";
import { type Accepted, isKubernetes, placeOf } from "./sources";
import { podsOf } from "./traits";

/** Edits to try, and how much effort they are to read. */
export interface Proposal {
  edits: Edit[];
  cost: number;
}

/** More policies than this are not worth trying. */
const mostPolicies = 3;
/** A policy that selects more pods would open the flow for too many others; a new policy is better. */
const mostSelected = 3;

/** The ways to allow a flow at one end: extend a rule, add a rule to a policy, or add a policy. */
export function widenings(at: AtEnd, policies: number): Proposal[] {
  return [...extensions(at), ...moreRules(at), ...newPolicies(at, policies)];
}

/** Whether a policy is one of Kubernetes, whose translation has other members than the policy as written. */
const isTranslated = ({ policy: { kind } }: Pick<Accepted, "policy">) =>
  kind === "NetworkPolicy" || kind === "ClusterNetworkPolicy";

/** Adds the port or the peer to rules that miss the flow only by that. */
function extensions({ parties, direction, subject, peer, packets, isEverything }: AtEnd): Proposal[] {
  const proposals: Proposal[] = [];
  const pods = podsOf(parties);
  for (const entry of parties.rulesOf(subject, direction)) {
    const accepted = parties.policy(entry.policy);
    if (entry.deny || accepted === undefined || isTranslated(accepted)) continue;
    const judged = packets.map((packet) => ({ packet, ...judge(parties, entry, { subject, peer }, packet) }));
    const missed = judged.filter(({ misses }) => misses.length > 0);
    if (judged.some(({ unknown }) => unknown !== undefined) || missed.length === 0) continue;
    if (selectedBy(entry, pods) > mostSelected) continue;
    const item = memberAt(accepted.source, entry.path) as Item | null;
    const which = ruleWords(entry, placeOf(accepted, entry.path));
    const missesBy = (what: string) => missed.every(({ misses }) => misses.every(({ part }) => part === what));
    if (missesBy("port")) {
      const rules = (item?.toPorts ?? []) as PortRule[];
      const place = rules.findIndex((rule) => rule.rules === undefined && rule.listener === undefined);
      const more = missed.map(({ packet }) => packet);
      const isPort = ({ protocol, port }: Packet) => transports.includes(protocolName(protocol)) && port !== 0;
      if (place < 0 || isEverything || !more.every(isPort)) continue;
      const path = [...entry.path, "toPorts", place, "ports"];
      const words = `add ${listed(more.map(packetWords), 4)} to ${which}`;
      proposals.push({
        edits: [{ policy: entry.policy, action: "add", path, values: more.map(portItem), words }],
        cost: 1,
      });
    } else if (missesBy("peer")) {
      for (const named of peersNaming(parties, peer, direction, policyNamespace(accepted.policy))) {
        const [[field, values] = []] = Object.entries(named);
        if (field === undefined || !Array.isArray((item as Record<string, unknown> | null)?.[field])) continue;
        const words = `add ${peer.facts.id} to ${which}`;
        proposals.push({
          edits: [
            { policy: entry.policy, action: "add", path: [...entry.path, field], values: values as unknown[], words },
          ],
          cost: 1,
        });
      }
    }
  }
  return proposals;
}

/** Adds a rule to policies that select the subject and few other pods. */
function moreRules(at: AtEnd): Proposal[] {
  const { parties, direction, subject, peer } = at;
  const rules = new Map<string, { accepted: Accepted; path: Path; selected: number }>();
  const pods = podsOf(parties);
  for (const entry of parties.rulesOf(subject, direction)) {
    const accepted = parties.policy(entry.policy);
    const path = entry.path.slice(0, -2);
    const key = JSON.stringify([entry.policy, path]);
    if (accepted === undefined || rules.has(key)) continue;
    const selected = selectedBy(entry, pods);
    rules.set(key, { accepted, path, selected });
  }
  return [...rules.values()]
    .filter(({ selected }) => selected <= mostSelected)
    .sort((a, b) => a.selected - b.selected)
    .slice(0, mostPolicies)
    .flatMap(({ accepted, path }): Proposal[] => {
      const { source, index, policy } = accepted;
      const words = `add a rule to ${policyWords(placeOf(accepted, path))}: ${direction} ${direction === "ingress" ? "from" : "to"} ${peer.facts.id}`;
      const add = (values: object[]): Proposal => ({
        edits: [{ policy: index, action: "add", path: [...path, direction], values, words }],
        cost: 1 + values.length,
      });
      if (isKubernetes(source)) {
        const rule = kubernetesRule(parties, source, direction, peer, at);
        return rule === undefined ? [] : [add([rule])];
      }
      if (isTranslated({ policy })) return [];
      return peersNaming(parties, peer, direction, policyNamespace(policy)).map((named) =>
        add(portsNaming(at).map((ports) => ({ ...named, ...ports }))),
      );
    });
}

/** How many pods a policy selects: none, if it is for nodes. */
const selectedBy = ({ node, subject }: Entry, pods: readonly Party[]): number =>
  node ? 0 : pods.filter(({ identity }) => selects(subject, identity.labels)).length;

/** The namespace of a new policy for an endpoint; undefined for a node, whose policies are clusterwide. */
const homeOf = ({ subject: own, facts }: Party): string | undefined =>
  own?.kind === "node" ? undefined : (facts.namespace ?? "default");

function newPolicies(at: AtEnd, policies: number): Proposal[] {
  const { parties, direction, subject, peer } = at;
  return peersNaming(parties, peer, direction, homeOf(subject)).flatMap((named) => {
    // If only a ClusterNetworkPolicy denies, the new policy must not turn on default deny.
    const isOpen = !parties.rulesOf(subject, direction).some(({ defaultDeny }) => defaultDeny);
    const isAlways = parties.enforcementOf(subject) === "always";
    const rule = {
      ...(isOpen && !isAlways && { enableDefaultDeny: { [direction]: false } }),
      [direction]: portsNaming(at).map((ports) => ({ ...named, ...ports })),
    };
    return newPolicy(at, policies, "allow", rule);
  });
}

/** A new policy that denies the flows, and closes nothing else. */
export function denial(at: AtEnd, policies: number): Proposal[] {
  return peersNaming(at.parties, at.peer, at.direction, homeOf(at.subject))
    .filter((named) => !("toFQDNs" in named))
    .flatMap((named) => {
      const rule = {
        enableDefaultDeny: { [at.direction]: false },
        [`${at.direction}Deny`]: portsNaming(at).map((ports) => ({ ...named, ...ports })),
      };
      return newPolicy(at, policies, "deny", rule).map((proposal) => ({ ...proposal, cost: 5 }));
    });
}

/** Empty if the subject's namespace is not a valid name, because the subject represents all pods that no manifest describes. */
function newPolicy(
  { parties, direction, subject, peer }: AtEnd,
  policies: number,
  verb: "allow" | "deny",
  rule: Partial<Rule>,
): Proposal[] {
  const namespace = homeOf(subject);
  if (namespace !== undefined && namespaceNameProblems([], namespace).length > 0) return [];
  const way = direction === "ingress" ? "from" : "to";
  const taken = new Set(parties.accepted.map(({ policy }: { policy: EvaluatedPolicy }) => policy.metadata.name));
  const name = freeName([shortName(subject.facts.id), verb, way, shortName(peer.facts.id)].join("-"), taken);
  const manifest: PolicyManifest =
    namespace === undefined
      ? {
          apiVersion: "cilium.io/v2",
          kind: "CiliumClusterwideNetworkPolicy",
          metadata: { name },
          spec: { nodeSelector: { matchLabels: { ...subject.facts.nodeLabels } }, ...rule },
        }
      : {
          apiVersion: "cilium.io/v2",
          kind: "CiliumNetworkPolicy",
          metadata: { name, namespace },
          spec: { endpointSelector: subjectNaming(parties, subject) ?? {}, ...rule },
        };
  const words = `a new policy ${policyWords(manifest.metadata)}: ${verb} ${direction} of ${subject.facts.id} ${way} ${peer.facts.id}`;
  return [{ edits: [{ policy: policies, action: "create", path: [], values: [manifest], words }], cost: 4 }];
}

/** The part of an `id` that is valid in a Kubernetes name. */
function shortName(id: string): string {
  const last = /^[\d.:a-f]+\/\d+$/i.test(id) ? id : id.slice(id.lastIndexOf("/") + 1);
  const plain = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return plain.slice(0, 60).replaceAll(/-+$/g, "") || "peer";
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}
