import { POLICY_GROUP } from "../../linkerd/api/object";
import { DEFAULT_POLICY_ANNOTATION } from "../../linkerd/policy/workload";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import type { DecidingObject } from "../linkerd/linkerd-decision";
import type { Verdict } from "../verdict";
import type { Edit } from "./edits";
import { indexOf, objectsOf, type Ref, type Stored } from "./linkerd";
import type { Parties, Party } from "./parties";
import { blockOf, subjectNaming } from "./peers";
import type { Proposal } from "./widen";

/** A flow at its server's proxy. */
export interface AtProxy {
  parties: Parties;
  scenario: Scenario;
  client: Party;
  server: Party;
  /** The port that the application connects to. */
  port: number;
  verdict: Verdict;
}

/**
 * The ways to make the server's proxy admit a client: add its identity to an authentication that a policy requires already, or add a policy. If no Server
 * selects the port, also add a Server that leaves everyone else what the default policy gives.
 */
export function authorizationOpenings(at: AtProxy): Proposal[] {
  const { linkerd, wire } = at.verdict;
  const { namespace } = at.server.facts;
  if (linkerd?.verdict !== "denied" || namespace === undefined) return [];
  const { serviceAccount, namespace: home } = at.client.facts;
  const account =
    wire?.mtls === true && serviceAccount !== undefined && home !== undefined
      ? { name: serviceAccount, namespace: home }
      : undefined;
  const server = (linkerd.objects ?? []).find(({ kind }) => kind === "Server");
  if (server !== undefined) {
    const more =
      account === undefined ? [] : [...moreIdentities(at, server, account), ...moreAccounts(at, server, account)];
    return [...more, { edits: admission(at, server, account), cost: 4 }];
  }
  const own = serverFor(at, namespace);
  return [{ edits: [own.edit, ...admission(at, own.named, account)], cost: 6 }];
}

/** Adds the account to authentications that are the only requirement of a policy for the Server. */
function moreIdentities(
  { scenario, client }: AtProxy,
  server: DecidingObject,
  account: { name: string; namespace: string },
): Proposal[] {
  const objects = objectsOf(scenario);
  return objects.flatMap(({ kind, metadata, spec }): Proposal[] => {
    const target = spec?.targetRef;
    const targets =
      (target?.kind === "Server" && target.name === server.name) ||
      (target?.kind === "Namespace" && target.name === server.namespace);
    if (kind !== "AuthorizationPolicy" || metadata?.namespace !== server.namespace || !targets) return [];
    const [ref, ...others] = spec?.requiredAuthenticationRefs ?? [];
    if (ref?.kind !== "MeshTLSAuthentication" || others.length > 0) return [];
    const place = { kind: ref.kind, namespace: ref.namespace ?? server.namespace, name: ref.name ?? "" };
    const index = indexOf(scenario, place);
    if (index < 0) return [];
    const words = `add the account ${account.name} of ${account.namespace}, which ${client.facts.id} runs as, to MeshTLSAuthentication ${place.namespace}/${place.name}`;
    const values = [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }];
    const edit: Edit = {
      layer: "linkerd",
      policy: index,
      action: "add",
      path: ["spec", "identityRefs"],
      values,
      words,
    };
    return [{ edits: [edit], cost: 1 }];
  });
}

/** Adds the account to ServerAuthorizations that admit others to the Server already. */
function moreAccounts(
  { scenario, client }: AtProxy,
  server: DecidingObject,
  account: { name: string; namespace: string },
): Proposal[] {
  return objectsOf(scenario).flatMap(({ kind, metadata, spec }, policy): Proposal[] => {
    const { name, selector } = spec?.server ?? {};
    const lists = spec?.client?.meshTLS;
    const isListed = lists?.serviceAccounts !== undefined || lists?.identities !== undefined;
    // The engine checks whether the selector selects the Server.
    const isOfServer = name === server.name || (name === undefined && selector !== undefined);
    if (kind !== "ServerAuthorization" || metadata?.namespace !== server.namespace || !isOfServer || !isListed)
      return [];
    const words = `add the account ${account.name} of ${account.namespace}, which ${client.facts.id} runs as, to ServerAuthorization ${metadata.namespace}/${metadata.name}`;
    const path = ["spec", "client", "meshTLS", "serviceAccounts"];
    return [{ edits: [{ layer: "linkerd", policy, action: "add", path, values: [account], words }], cost: 1 }];
  });
}

/** A policy that admits one client to a Server; for a client without an identity, also the NetworkAuthentication that the policy requires. */
function admission(
  { scenario, client, server: { facts } }: AtProxy,
  server: DecidingObject,
  account: { name: string; namespace: string } | undefined,
): Edit[] {
  const objects = objectsOf(scenario);
  const { namespace } = server;
  const name = freeName(objects, namespace, `${shortName(facts.id)}-admit-${shortName(client.facts.id)}`);
  const policy = (ref: Ref) =>
    linkerdObject("v1alpha1", "AuthorizationPolicy", namespace, name, {
      targetRef: { group: POLICY_GROUP, kind: "Server", name: server.name },
      requiredAuthenticationRefs: [ref],
    });
  const opens = `a new AuthorizationPolicy ${namespace}/${name}: Server ${server.name} admits`;
  if (account !== undefined) {
    const whom = `the account ${account.name} of ${account.namespace}, which ${client.facts.id} runs as`;
    return [created(objects, policy({ kind: "ServiceAccount", ...account }), `${opens} ${whom}`)];
  }
  const blocks = blocksOf(client);
  const networks = blocks.map((cidr) => ({ cidr }));
  const network = linkerdObject("v1alpha1", "NetworkAuthentication", namespace, name, { networks });
  const whom = blocks.length > 1 ? "any client, with mTLS or without" : (blocks[0] ?? "");
  return [
    created(objects, network, `a new NetworkAuthentication ${namespace}/${name}: ${whom}`),
    created(objects, policy({ group: POLICY_GROUP, kind: "NetworkAuthentication", name }), `${opens} ${whom}`),
  ];
}

const linkerdObject = (version: string, kind: string, namespace: string, name: string, spec: object) => ({
  apiVersion: `${POLICY_GROUP}/${version}`,
  kind,
  metadata: { name, namespace },
  spec,
});

/** The address blocks of a client without an identity: any address for a pod. */
function blocksOf(party: Party): string[] {
  if (party.identity.kind === "address" && party.facts.ip !== undefined) return [blockOf(party)];
  return ["0.0.0.0/0", "::/0"];
}

/** A Server for a port that none selects. It leaves everyone else what the default policy gives. */
function serverFor(
  { parties, scenario, server, port }: AtProxy,
  namespace: string,
): { edit: Edit; named: DecidingObject } {
  const objects = objectsOf(scenario);
  const name = freeName(objects, namespace, `${shortName(server.facts.id)}-${port}`);
  const accessPolicy =
    server.facts.inbound?.annotations?.[DEFAULT_POLICY_ANNOTATION] ?? scenario.mesh?.authorization?.defaultPolicy;
  const value = linkerdObject("v1beta3", "Server", namespace, name, {
    podSelector: subjectNaming(parties, server) ?? {},
    port,
    ...(accessPolicy !== undefined && { accessPolicy }),
  });
  const words = `a new Server ${namespace}/${name} for port ${port} of ${server.facts.id}, which leaves everyone else what the default policy gives`;
  return { edit: created(objects, value, words), named: { kind: "Server", namespace, name } };
}

const created = (objects: readonly unknown[], value: object, words: string): Edit => ({
  layer: "linkerd",
  policy: objects.length,
  action: "create",
  path: [],
  values: [value],
  words,
});

const shortName = (id: string): string =>
  id
    .slice(id.lastIndexOf("/") + 1)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40) || "client";

function freeName(objects: readonly Stored[], namespace: string, name: string): string {
  const taken = new Set(
    objects.flatMap(({ metadata }) => (metadata?.namespace === namespace ? [metadata.name ?? ""] : [])),
  );
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** The pods about which Linkerd's decision may change with the edited objects: those in the objects' namespaces. */
export function podsConcerned(scenario: Scenario, edits: readonly Edit[]): ReadonlySet<string> {
  const homes = new Set(
    edits.flatMap(({ layer, policy, values }) => {
      if (layer !== "linkerd") return [];
      const given = objectsOf(scenario)[policy] ?? (values[0] as Stored);
      return given.metadata?.namespace ?? [];
    }),
  );
  const isOfHome = ({ namespace }: EndpointFacts) => namespace !== undefined && homes.has(namespace);
  return new Set(scenario.endpoints.filter(isOfHome).map(({ id }) => id));
}
