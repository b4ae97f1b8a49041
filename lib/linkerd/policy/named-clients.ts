import type { RawObject } from "../api/object";
import { targetsKind } from "../api/target-ref";
import { readObjects } from "./objects";

/** A client that authorizations name: a service account, or all accounts of a namespace. */
export interface NamedClient {
  namespace: string;
  /** Absent: any account. */
  account?: string;
}

const ACCOUNT = /^([^.*]+)\.([^.*]+)\.serviceaccount\.identity\./;
const OF_NAMESPACE = /^\*\.([^.*]+)\.serviceaccount\.identity\./;

/** The clients that objects name, without duplicates. Identities other than those of service accounts are ignored. */
export function namedClients(raws: readonly RawObject[]): NamedClient[] {
  const { authorizationPolicies, meshTls, serverAuthorizations } = readObjects(raws).objects;
  const found = new Map<string, NamedClient>();
  const add = (namespace: string, account?: string) =>
    found.set(`${namespace}/${account ?? ""}`, { namespace, ...(account !== undefined && { account }) });
  const addIdentity = (identity: string) => {
    const [, account, home] = ACCOUNT.exec(identity) ?? [];
    if (account !== undefined && home !== undefined) add(home, account);
    const [, all] = OF_NAMESPACE.exec(identity) ?? [];
    if (all !== undefined) add(all);
  };
  for (const { namespace, spec } of authorizationPolicies)
    for (const ref of spec.requiredAuthenticationRefs)
      if (targetsKind(ref, "", "ServiceAccount")) add(ref.namespace ?? namespace, ref.name);
  for (const { namespace, spec } of meshTls) {
    for (const identity of spec.identities ?? []) addIdentity(identity);
    for (const ref of spec.identityRefs ?? [])
      if (targetsKind(ref, "", "ServiceAccount")) add(ref.namespace ?? namespace, ref.name);
      else if (targetsKind(ref, "", "Namespace")) add(ref.name);
  }
  for (const { namespace, spec } of serverAuthorizations) {
    for (const identity of spec.client.meshTLS?.identities ?? []) addIdentity(identity);
    for (const account of spec.client.meshTLS?.serviceAccounts ?? []) add(account.namespace ?? namespace, account.name);
  }
  return [...found.values()];
}
