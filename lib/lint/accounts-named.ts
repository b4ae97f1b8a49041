import type { Path } from "../common/problem";
import { targetsKind } from "../linkerd/api/target-ref";
import type { LinkerdContext } from "./linkerd-context";

/** Service accounts that an object admits by name. */
export interface NamedAccounts {
  /** The object's index in the scenario's `mesh.authorization.objects`. */
  place: number;
  path: Path;
  accounts: readonly { namespace: string; account: string }[];
}

const IDENTITY = /^([^.*]+)\.([^.*]+)\.serviceaccount\.identity\./;

/** The accounts that AuthorizationPolicies, MeshTLSAuthentications and ServerAuthorizations name. */
export function* accountsNamed(linkerd: LinkerdContext): Iterable<NamedAccounts> {
  const { authorizationPolicies, meshTls, serverAuthorizations } = linkerd.policy.objects;
  for (const { namespace, name, spec } of authorizationPolicies)
    for (const [at, ref] of spec.requiredAuthenticationRefs.entries())
      if (targetsKind(ref, "", "ServiceAccount"))
        yield {
          place: linkerd.placeOf("AuthorizationPolicy", { namespace, name }),
          path: ["spec", "requiredAuthenticationRefs", at],
          accounts: [{ namespace: ref.namespace ?? namespace, account: ref.name }],
        };
  for (const { namespace, name, spec } of meshTls) {
    const place = linkerd.placeOf("MeshTLSAuthentication", { namespace, name });
    for (const [at, identity] of (spec.identities ?? []).entries())
      yield { place, path: ["spec", "identities", at], accounts: accountOf(identity) };
    for (const [at, ref] of (spec.identityRefs ?? []).entries())
      if (targetsKind(ref, "", "ServiceAccount"))
        yield {
          place,
          path: ["spec", "identityRefs", at],
          accounts: [{ namespace: ref.namespace ?? namespace, account: ref.name }],
        };
  }
  for (const { namespace, name, spec } of serverAuthorizations) {
    const place = linkerd.placeOf("ServerAuthorization", { namespace, name });
    for (const [at, account] of (spec.client.meshTLS?.serviceAccounts ?? []).entries())
      yield {
        place,
        path: ["spec", "client", "meshTLS", "serviceAccounts", at],
        accounts: [{ namespace: account.namespace ?? namespace, account: account.name }],
      };
  }
}

function accountOf(identity: string): { namespace: string; account: string }[] {
  const [, account, namespace] = IDENTITY.exec(identity) ?? [];
  return account === undefined || namespace === undefined ? [] : [{ namespace, account }];
}
