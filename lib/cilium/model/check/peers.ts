import { prefixContains } from "../../../kubernetes/cidr";
import { Entity } from "../entity";
import type { CidrPeer, EgressDenyPeer, EgressPeer, EndpointsPeer, FqdnPeer, IngressPeer, ServicePeer } from "../peer";
import type { Problems } from "../problems";
import { readCidr } from "./cidr";
import { checkDnsLabel } from "./names";
import { checkLabels, checkNamespaceSelector, checkSelector } from "./selectors";
import { exactlyOne, isShape, list } from "./shape";

/** Where a peer stands, which decides what it may be. */
export interface PeerPlace {
  kinds: readonly string[];
  /** Undefined in a clusterwide policy. */
  namespace: string | undefined;
}

type Kind = EgressPeer["kind"];

export const ingressKinds: readonly IngressPeer["kind"][] = ["endpoints", "entity", "cidr", "everything", "nothing"];
export const egressKinds: readonly Kind[] = [...ingressKinds, "service", "fqdn"];
export const egressDenyKinds: readonly EgressDenyPeer["kind"][] = ingressKinds;

/** The member that each kind needs. */
const memberOf = {
  endpoints: "endpoints",
  entity: "entity",
  cidr: "cidr",
  service: "service",
  fqdn: "fqdn",
  everything: undefined,
  nothing: undefined,
} as const satisfies Record<Kind, string | undefined>;

/** A peer as plain JavaScript, or another language, may have written it: any members beside any kind. */
type WrittenPeer = { kind: Kind; namespace?: unknown } & { [member: string]: unknown };

export function checkPeer(peer: EgressPeer, { kinds, namespace }: PeerPlace, problems: Problems): void {
  if (!isShape(peer, ["kind", "endpoints", "namespace", "entity", "cidr", "service", "fqdn"], problems)) return;
  if (!kinds.includes(peer.kind)) {
    problems.add(refusedKind(peer.kind, kinds));
    return;
  }
  const written = peer as unknown as WrittenPeer;
  const member = memberOf[peer.kind];
  if (member !== undefined && written[member] === undefined)
    problems.at(member).add(`Missing in a peer of kind ${peer.kind}.`);
  for (const other of ["endpoints", "entity", "cidr", "service", "fqdn"])
    if (other !== member && written[other] !== undefined)
      problems.at(other).add(`A peer of kind ${peer.kind} has none. Make it a peer of its own.`);
  if (peer.kind !== "endpoints" && written.namespace)
    problems.at("namespace").add(`A peer of kind ${peer.kind} has none.`);
  if (member === undefined || written[member] === undefined) return;

  if (peer.kind === "endpoints") checkEndpoints(peer, namespace, problems);
  if (peer.kind === "entity") checkEntity(peer.entity, problems.at("entity"));
  if (peer.kind === "cidr") checkCidr(peer.cidr, problems.at("cidr"));
  if (peer.kind === "service") checkService(peer.service, namespace, problems.at("service"));
  if (peer.kind === "fqdn") checkFqdn(peer.fqdn, problems.at("fqdn"));
}

function refusedKind(kind: string, kinds: readonly string[]): string {
  if (kind === "fqdn")
    return "A DNS name can only be allowed as the destination of egress. Use Peer.cidr(…) or Peer.entity(Entity.World) here.";
  if (kind === "service")
    return "A Service can only be allowed as the destination of egress: Cilium looks none up in a rule that denies. Use Peer.endpoints(…) with the labels of its pods here.";
  return `"${kind}" is no kind of peer. There are ${list(kinds)}.`;
}

function checkEndpoints(peer: EndpointsPeer, own: string | undefined, problems: Problems): void {
  checkSelector(peer.endpoints, problems.at("endpoints"), {
    refusedBecause:
      'Say the namespace with the peer: Peer.namespace("name", labels), Peer.namespaces(namespaceLabels, labels) or ' +
      "Peer.allNamespaces(labels).",
  });
  if (peer.namespace) checkNamespaceSelector(peer.namespace, problems.at("namespace"));
  else if (own === undefined && peer.endpoints.all)
    problems.add("A clusterwide policy has no namespace of its own. Say Peer.allNamespaces() or Peer.namespace(name).");
}

function checkEntity(entity: string, problems: Problems): void {
  const known: readonly string[] = Object.values(Entity);
  if (known.includes(entity)) return;
  const near: Record<string, string> = {
    apiserver: "kube-apiserver",
    internet: "world",
    any: "all",
    nodes: "remote-node",
  };
  const fold = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  const meant = known.find((name) => fold(name) === fold(String(entity))) ?? near[fold(String(entity))];
  problems.add(`"${entity}" is no entity. ${meant ? `Did you mean "${meant}"?` : `There are ${list(known)}.`}`);
}

function checkCidr(written: CidrPeer["cidr"], problems: Problems): void {
  if (!isShape(written, ["cidr", "group", "except"], problems)) return;
  const peer: { cidr?: string; except?: string[] } = written;
  exactlyOne(peer, ["cidr", "group"], problems, 'Use Peer.cidr("10.0.0.0/8") or Peer.cidrGroup("name").');
  const block = peer.cidr === undefined ? undefined : readCidr(peer.cidr, problems.at("cidr"));
  peer.except?.forEach((text, index) => {
    const hole = readCidr(text, problems.at("except").at(index));
    if (!block || !hole) return;
    const at = problems.at("except").at(index);
    if (!prefixContains(block, hole))
      at.add(`"${text}" lies outside "${peer.cidr}", so there is nothing to except. Leave it out, or widen the block.`);
    else if (prefixContains(hole, block))
      at.add(`"${text}" is the whole block, so no address is left. Except less, or leave the peer out.`);
  });
}

function checkService(written: ServicePeer["service"], own: string | undefined, problems: Problems): void {
  if (!isShape(written, ["name", "matchLabels", "namespace", "anyNamespace"], problems)) return;
  const service: {
    name?: string;
    matchLabels?: { [key: string]: string };
    namespace?: string;
    anyNamespace?: boolean;
  } = written;
  exactlyOne(service, ["name", "matchLabels"], problems, 'Use Peer.service("name") or Peer.services(labels).');
  if (service.name !== undefined) checkDnsLabel(service.name, "The Service's name", problems.at("name"));
  if (service.matchLabels && Object.keys(service.matchLabels).length === 0)
    problems.at("matchLabels").add("No label selects every Service. Name at least one.");
  checkLabels(service.matchLabels, problems.at("matchLabels"));
  if (service.namespace !== undefined) checkDnsLabel(service.namespace, "The namespace", problems.at("namespace"));
  if (service.namespace !== undefined && service.anyNamespace)
    problems.add("`namespace` and `anyNamespace` exclude each other. Leave one of them out.");
  if (own === undefined && service.namespace === undefined && !service.anyNamespace)
    problems.add(
      "A clusterwide policy has no namespace of its own. Say which with `namespace`, or `anyNamespace: true`.",
    );
}

function checkFqdn(written: FqdnPeer["fqdn"], problems: Problems): void {
  if (!isShape(written, ["matchName", "matchPattern"], problems)) return;
  const fqdn: { matchName?: string; matchPattern?: string } = written;
  exactlyOne(
    fqdn,
    ["matchName", "matchPattern"],
    problems,
    'Use Peer.fqdn("api.example.com") or Peer.fqdnPattern("*.example.com").',
  );
  for (const field of ["matchName", "matchPattern"] as const) {
    const name = fqdn[field];
    if (name === undefined) continue;
    const at = problems.at(field);
    const letters = field === "matchName" ? /^[-a-zA-Z0-9_]+$/ : /^[-a-zA-Z0-9_*]+$/;
    if (typeof name !== "string" || name === "") at.add("The DNS name is missing.");
    else if (name.length > 255) at.add(`A DNS name has at most 255 characters, this one has ${name.length}.`);
    else if (field === "matchName" && name.includes("*"))
      at.add(`"${name}" is a pattern. Did you mean Peer.fqdnPattern("${name}")?`);
    else if (name.includes("://") || name.includes("/"))
      at.add(`"${name}" is a URL. A DNS name has neither scheme nor path. Did you mean "${hostOf(name)}"?`);
    else if (
      !name
        .replace(/\.$/, "")
        .split(".")
        .every((part) => letters.test(part))
    )
      at.add(`"${name}" is no DNS name such as "api.example.com".`);
    else if (/\.svc(\.cluster\.local)?\.?$/.test(name))
      at.add(
        `"${name}" resolves to an address inside the cluster, which a DNS rule never matches. ` +
          `Use Peer.service("${name.split(".")[0]}", { namespace: "${name.split(".")[1]}" }) or Peer.endpoints(labels).`,
      );
  }
}

function hostOf(url: string): string {
  return url.replace(/^[a-z]+:\/\//i, "").replace(/[/:].*$/, "");
}
