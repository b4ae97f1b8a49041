import { InboundPolicy } from "../../linkerd/policy/inbound";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { policySettingsOf } from "../linkerd/authorization";
import type { DecidingObject } from "../linkerd/linkerd-decision";
import type { Verdict } from "../verdict";
import { indexOf, objectsOf, type Ref, type Stored } from "./linkerd";

/** An AuthorizationPolicy or a ServerAuthorization that does not admit a client, and what keeps it from doing so. */
export interface AuthorizationMiss {
  /** The policy. */
  object: DecidingObject;
  /** `it applies to Server api, but this port belongs to Server web` */
  words: string;
}

interface Account {
  name: string;
  namespace: string;
}

interface Rated extends AuthorizationMiss {
  /** How far it is from admitting the client. */
  distance: number;
}

/** The policy that comes nearest to admitting a client that a Server refuses; undefined if none is near. */
export function nearestAuthorization(
  { linkerd, wire }: Verdict,
  scenario: Scenario,
  client: EndpointFacts,
): AuthorizationMiss | undefined {
  const server = linkerd?.verdict === "denied" ? linkerd.objects?.find(({ kind }) => kind === "Server") : undefined;
  const { authorization } = scenario.mesh ?? {};
  if (server === undefined || authorization === undefined) return undefined;
  const { ignoredAuthorizations } = new InboundPolicy(authorization.objects, policySettingsOf(authorization));
  const { serviceAccount, namespace } = client;
  const account =
    serviceAccount === undefined || namespace === undefined ? undefined : { name: serviceAccount, namespace };
  const rated = objectsOf(scenario).flatMap((policy): Rated[] => {
    const object = decidingObject(policy);
    if (targetOf(policy) === undefined || object === undefined) return [];
    const ignored = ignoredAuthorizations.find(
      ({ kind, ...named }) =>
        kind === policy.kind && named.name === object.name && named.namespace === object.namespace,
    );
    const asked = { object, server, account, id: client.id, mtls: wire?.mtls === true };
    const miss = missOf(policy, accountsOf(policy, object.namespace, scenario), ignored?.reason, asked, scenario);
    return miss === undefined ? [] : [{ object, ...miss }];
  });
  const [nearest] = rated.sort((a, b) => a.distance - b.distance);
  return nearest && { object: nearest.object, words: nearest.words };
}

interface Asked {
  object: DecidingObject;
  server: DecidingObject;
  account: Account | undefined;
  id: string;
  mtls: boolean;
}

/** The target of a policy; undefined for other objects, and for policies that select Servers by labels. */
function targetOf({ kind, spec }: Stored): Ref | undefined {
  if (kind === "AuthorizationPolicy") return spec?.targetRef;
  return kind === "ServerAuthorization" && spec?.server?.name !== undefined
    ? { kind: "Server", name: spec.server.name }
    : undefined;
}

function missOf(
  policy: Stored,
  accounts: readonly Account[],
  ignored: string | undefined,
  { object, server, account, id, mtls }: Asked,
  scenario: Scenario,
): Pick<Rated, "words" | "distance"> | undefined {
  const target = targetOf(policy);
  const isItsServer = target?.kind === "Server" && target.name === server.name;
  const isItsNamespace = target?.kind === "Namespace" && target.name === server.namespace;
  const isHere = object.namespace === server.namespace;
  const admits = account !== undefined && accounts.some((one) => isSame(one, account));
  if (isItsServer || isItsNamespace) {
    if (!isHere) {
      if (!admits && accounts.length > 0) return undefined;
      const words = `it is in namespace ${object.namespace}, so it applies only to Servers there, not to those in ${server.namespace}`;
      return { distance: 1, words };
    }
    if (ignored !== undefined) return { distance: 0, words: `Linkerd ignores it as a whole: ${ignored}` };
    if (admits && !mtls) return { distance: 1, words: `it requires mTLS, but ${id} connects without it` };
    if (account === undefined || accounts.length === 0) return undefined;
    const near = accounts.find(({ name }) => name === account.name);
    const others = accounts.slice(0, 3).map(wordsOf).join(", ");
    const whom = near === undefined ? others : wordsOf(near);
    const words = `it admits ${whom}${near === undefined && accounts.length > 3 ? " and others" : ""}, but ${id} runs as ${wordsOf(account)}`;
    return { distance: near === undefined ? 3 : 1, words };
  }
  if (!isHere || !admits || target?.name === undefined) return undefined;
  const isThere =
    target.kind === "Namespace" ||
    indexOf(scenario, { kind: target.kind ?? "", namespace: object.namespace, name: target.name }) >= 0;
  const which = `${target.kind} ${target.name}`;
  return {
    distance: isThere ? 2 : 1,
    words: isThere
      ? `it applies to ${which}, but this port belongs to Server ${server.name}`
      : `it applies to ${which}, which does not exist; this port belongs to Server ${server.name}`,
  };
}

/** The accounts that a policy admits by name. */
function accountsOf({ kind, spec }: Stored, home: string, scenario: Scenario): Account[] {
  if (kind === "ServerAuthorization") {
    const { serviceAccounts = [], identities = [] } = spec?.client?.meshTLS ?? {};
    return [...serviceAccounts.flatMap((one) => accountOf(one, home)), ...identities.flatMap(accountIn)];
  }
  return (spec?.requiredAuthenticationRefs ?? []).flatMap((ref): Account[] => {
    if (ref.kind === "ServiceAccount") return accountOf(ref, home);
    if (ref.kind !== "MeshTLSAuthentication") return [];
    const named = { kind: ref.kind, namespace: ref.namespace ?? home, name: ref.name ?? "" };
    const { identityRefs = [], identities = [] } = objectsOf(scenario)[indexOf(scenario, named)]?.spec ?? {};
    return [
      ...identityRefs.flatMap((one) => (one.kind === "ServiceAccount" ? accountOf(one, named.namespace) : [])),
      ...identities.flatMap(accountIn),
    ];
  });
}

function accountIn(identity: string): Account[] {
  const [, name, namespace] = /^([^.*]+)\.([^.]+)\.serviceaccount\.identity\./.exec(identity) ?? [];
  return name === undefined || namespace === undefined ? [] : [{ name, namespace }];
}

const accountOf = ({ name, namespace }: Ref, home: string): Account[] =>
  name === undefined ? [] : [{ name, namespace: namespace ?? home }];
const isSame = (a: Account, b: Account) => a.name === b.name && a.namespace === b.namespace;
const wordsOf = ({ name, namespace }: Account) => `the account ${name} of ${namespace}`;

function decidingObject({ kind, metadata }: Stored): DecidingObject | undefined {
  const { namespace, name } = metadata ?? {};
  return kind === undefined || namespace === undefined || name === undefined ? undefined : { kind, namespace, name };
}
