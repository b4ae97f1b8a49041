import type { EgressPeer } from "../peer";
import type { Icmp, Port } from "../port";
import type { Problems } from "../problems";
import type { ClusterwideNetworkPolicySpec, NetworkPolicySpec, PolicySpec } from "../spec";
import { checkDnsLabel, checkDnsSubdomain, checkPlainLabelKey } from "./names";
import { checkPeer, type PeerPlace } from "./peer";
import { checkIcmp, checkIcmps, checkPort, checkPorts } from "./ports";
import { checkLabels, checkSelector } from "./selectors";
import { describe, eachOf, isShape } from "./shape";

const common = [
  "name",
  "labels",
  "annotations",
  "description",
  "ingress",
  "ingressDeny",
  "egress",
  "egressDeny",
  "enableDefaultDeny",
  "dns",
];

/** Reports all problems of the specification of a CiliumNetworkPolicy. */
export function checkNamespacedSpec(spec: NetworkPolicySpec, problems: Problems): void {
  if (!isShape(spec, ["namespace", "endpointSelector", ...common], problems)) return;
  checkDnsLabel(spec.namespace, "the policy's namespace", problems.at("namespace"));
  checkSelector(spec.endpointSelector, problems.at("endpointSelector"), {
    refusal: {
      message: "a policy selects pods of its own namespace only, and Cilium overwrites any other",
      fix: "use `namespace`, or a clusterwideNetworkPolicy for several",
    },
  });
  checkCommon(spec, spec.namespace, problems);
}

/** Reports all problems of the specification of a CiliumClusterwideNetworkPolicy. */
export function checkClusterwideSpec(spec: ClusterwideNetworkPolicySpec, problems: Problems): void {
  if (!isShape(spec, ["endpointSelector", "nodeSelector", ...common], problems)) return;
  const { endpointSelector, nodeSelector } = spec;
  if (endpointSelector && nodeSelector)
    problems.add(
      "conflict",
      "a policy selects pods or nodes, not both",
      "leave out `endpointSelector` or `nodeSelector`",
    );
  if (!endpointSelector && !nodeSelector)
    problems.add(
      "missing",
      "the policy selects neither pods nor nodes",
      "select pods with `endpointSelector`, or nodes with `nodeSelector`",
    );
  if (endpointSelector) checkSelector(endpointSelector, problems.at("endpointSelector"));
  if (nodeSelector) checkSelector(nodeSelector, problems.at("nodeSelector"));
  checkCommon(spec, undefined, problems);
}

function checkCommon(spec: PolicySpec, namespace: string | undefined, problems: Problems): void {
  checkDnsSubdomain(spec.name, "the policy's name", problems.at("name"));
  checkLabels(spec.labels, problems.at("labels"));
  for (const key of Object.keys(spec.annotations ?? {})) checkPlainLabelKey(key, problems.at("annotations").at(key));
  checkDirections(spec, problems);
  for (const field of ["ingress", "ingressDeny"] as const)
    checkEntries(spec[field], problems.at(field), field, (entry, at) => {
      if (isShape(entry, ["from", "ports", "icmp"], at))
        checkTraffic({ ...entry, peers: entry.from, peersField: "from" }, { rule: "ingress", namespace }, at);
    });
  for (const field of ["egress", "egressDeny"] as const)
    checkEntries(spec[field], problems.at(field), field, (entry, at) => {
      if (isShape(entry, ["to", "ports", "icmp"], at))
        checkTraffic({ ...entry, peers: entry.to, peersField: "to" }, { rule: field, namespace }, at);
    });
  if (spec.dns) checkPeer(spec.dns, { rule: "ingress", namespace }, problems.at("dns"));
}

/** Reports incomplete directions, which Cilium turns into a refused policy, a flag without effect, or an unintended default deny. */
function checkDirections(spec: PolicySpec, problems: Problems): void {
  const { ingress, ingressDeny, egress, egressDeny, enableDefaultDeny } = spec;
  if (!ingress && !ingressDeny && !egress && !egressDeny)
    problems.add(
      "missing",
      "the policy says nothing about ingress or egress, and Cilium refuses such a policy",
      "to block everything, use `ingress: denyAllIngress` and `egress: denyAllEgress`",
    );
  if (enableDefaultDeny && !isShape(enableDefaultDeny, ["ingress", "egress"], problems.at("enableDefaultDeny"))) return;
  for (const [direction, allow, deny] of [
    ["ingress", ingress, ingressDeny],
    ["egress", egress, egressDeny],
  ] as const) {
    const flag = enableDefaultDeny?.[direction];
    const denyAll = direction === "ingress" ? "denyAllIngress" : "denyAllEgress";
    if (flag !== undefined && typeof flag !== "boolean")
      problems
        .at("enableDefaultDeny")
        .at(direction)
        .add("invalid-value", `${describe(flag)} is neither true nor false`, "use true or false");
    if (flag === true && !allow && !deny)
      problems
        .at("enableDefaultDeny")
        .at(direction)
        .add("no-effect", `it does nothing without ${direction} rules`, `use \`${direction}: ${denyAll}\` instead`);
    if (deny && !allow && flag === undefined)
      problems
        .at(`${direction}Deny`)
        .add(
          "ambiguous",
          `alone it also blocks every other ${direction}, because it turns default deny on`,
          `to block only this, use \`enableDefaultDeny: { ${direction}: false }\`; to block the rest too, \`${direction}: ${denyAll}\``,
        );
  }
}

function checkEntries<T>(
  entries: readonly T[] | undefined,
  problems: Problems,
  field: "ingress" | "ingressDeny" | "egress" | "egressDeny",
  check: (entry: T, problems: Problems) => void,
): void {
  if (entries === undefined) return;
  const fix = {
    ingress: "use denyAllIngress or allowAllIngress, or leave it out",
    egress: "use denyAllEgress or allowAllEgress, or leave it out",
    ingressDeny: "leave it out",
    egressDeny: "leave it out",
  }[field];
  eachOf(entries, problems, { message: "an empty list is not a rule: to Cilium it counts as absent", fix }, check);
}

interface Traffic {
  peers: readonly EgressPeer[];
  peersField: "from" | "to";
  ports?: Port[];
  icmp?: Icmp[];
}

function checkTraffic({ peers, peersField, ports, icmp }: Traffic, place: PeerPlace, problems: Problems): void {
  const at = problems.at(peersField);
  if (peers === undefined)
    at.add(
      "missing",
      "a rule without peers is open to anyone, the world included",
      "if you mean that, use Peer.everything()",
    );
  else
    eachOf(
      peers,
      at,
      { message: "an empty list matches no one", fix: "use Peer.nothing() or Peer.everything()" },
      (peer, at) => checkPeer(peer, place, at),
    );
  if (Array.isArray(peers) && peers.length > 1 && peers.some((peer) => peer?.kind === "nothing"))
    at.add("no-effect", "Peer.nothing() beside other peers adds nothing", "leave it out");
  if (ports !== undefined) {
    const empty = { message: "an empty list matches no port", fix: "leave it out for every port and protocol" };
    eachOf(ports, problems.at("ports"), empty, checkPort);
    if (Array.isArray(ports)) checkPorts(ports, problems.at("ports"));
  }
  if (icmp !== undefined) {
    eachOf(icmp, problems.at("icmp"), { message: "an empty list matches no ICMP", fix: "leave it out" }, checkIcmp);
    if (Array.isArray(icmp)) checkIcmps(icmp, problems.at("icmp"));
  }
}
