import type { Path } from "../../common/problem";
import type { AtProxy } from "./admit";
import type { Edit } from "./edits";
import { indexOf, objectsOf, type Ref, type Stored } from "./linkerd";
import type { Proposal } from "./widen";

/**
 * The ways to make the server's proxy refuse a client that it admits: remove its account from every list that names others too, and remove every object
 * that admits only this account. This also refuses other workloads with the account, wherever the lists apply; the engine reports those side effects.
 */
export function authorizationClosings({ scenario, client, verdict: { linkerd, wire } }: AtProxy): Proposal[] {
  const { serviceAccount, namespace: home } = client.facts;
  if (linkerd?.verdict !== "allowed" || wire?.mtls !== true || serviceAccount === undefined || home === undefined)
    return [];
  const account = new Account(serviceAccount, home);
  const objects = objectsOf(scenario);
  const edits = objects.flatMap((object, policy): Edit[] => {
    const { kind, metadata } = object;
    const which = `${kind} ${metadata?.namespace}/${metadata?.name}`;
    const edit = (action: Edit["action"], path: Path, words: string): Edit => {
      return { layer: "linkerd", policy, action, path, values: [], words };
    };
    const entries = entriesOf(object);
    const isAlone =
      kind === "AuthorizationPolicy"
        ? (object.spec?.requiredAuthenticationRefs ?? []).some((ref) =>
            account.isAllOf(ref, metadata?.namespace, (named) => objects[indexOf(scenario, named)]),
          )
        : kind === "ServerAuthorization" && account.isAll(entries, metadata?.namespace);
    if (isAlone) return [edit("remove", [], `remove ${which}, which admits the account ${account.words} alone`)];
    // Never remove the last identity: Linkerd would then ignore every policy that requires it, and refuse all its clients.
    if (account.isAll(entries, metadata?.namespace)) return [];
    const words = `take the account ${account.words}, which ${client.facts.id} runs as, out of ${which}`;
    return entries.flatMap(({ path, entry }) =>
      account.is(entry, metadata?.namespace) ? [edit("replace", path, words)] : [],
    );
  });
  // Propose all of them at once; the search prunes those that are not needed.
  return edits.length === 0 ? [] : [{ edits, cost: edits.length }];
}

interface Entry {
  path: Path;
  entry: Ref | string;
}

/** The accounts and identities that an object lists. An object that admits everybody lists none. */
function entriesOf({ kind, spec = {} }: Stored): Entry[] {
  const listed = (path: Path, list: readonly (Ref | string)[] = []) =>
    list.map((entry, place): Entry => ({ path: [...path, place], entry }));
  if (kind === "MeshTLSAuthentication")
    return [...listed(["spec", "identityRefs"], spec.identityRefs), ...listed(["spec", "identities"], spec.identities)];
  const { unauthenticated, meshTLS: mesh } = spec.client ?? {};
  if (kind !== "ServerAuthorization" || unauthenticated === true || mesh?.unauthenticatedTLS === true) return [];
  const path = ["spec", "client", "meshTLS"];
  return [
    ...listed([...path, "serviceAccounts"], mesh?.serviceAccounts),
    ...listed([...path, "identities"], mesh?.identities),
  ];
}

/** A service account, which objects name in several ways. */
class Account {
  constructor(
    private readonly name: string,
    private readonly home: string,
  ) {}

  /** `web of shop` */
  get words(): string {
    return `${this.name} of ${this.home}`;
  }

  /** @param own the namespace of the object that names it */
  is(entry: Ref | string, own: string | undefined): boolean {
    const { name, home } = this;
    if (typeof entry === "string") return entry.startsWith(`${name}.${home}.serviceaccount.identity.`);
    const { kind = "ServiceAccount" } = entry;
    return kind === "ServiceAccount" && entry.name === name && (entry.namespace ?? own) === home;
  }

  isAll(entries: readonly Entry[], own: string | undefined): boolean {
    return entries.length > 0 && entries.every(({ entry }) => this.is(entry, own));
  }

  /** Whether a policy that requires this reference admits only the account. */
  isAllOf(
    ref: Ref,
    own: string | undefined,
    find: (named: { kind: string; namespace: string; name: string }) => Stored | undefined,
  ): boolean {
    if (ref.kind !== "MeshTLSAuthentication") return ref.kind === "ServiceAccount" && this.is(ref, own);
    const namespace = ref.namespace ?? own ?? "";
    const found = find({ kind: ref.kind, namespace, name: ref.name ?? "" });
    return found !== undefined && this.isAll(entriesOf(found), namespace);
  }
}
