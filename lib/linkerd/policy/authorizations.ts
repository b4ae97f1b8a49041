import { authorizationPolicyProblem } from "../api/admission";
import type { AuthorizationPolicy, MeshTlsAuthentication, ServerAuthorization } from "../api/authorization";
import { accountIdentity, namespaceIdentities } from "../api/identity";
import { EVERYWHERE, type Network } from "../api/network";
import { POLICY_GROUP } from "../api/object";
import type { Server } from "../api/server";
import { type TargetRef, targetsKind } from "../api/target-ref";
import { type Authentication, type ClientAuthorization, identityAuthentication } from "./authorization";
import type { PolicyObjects } from "./objects";
import { append, SelectorIndex } from "./selector-index";
import type { PolicySettings } from "./settings";

/** An authorization that the policy controller ignores, and why. Authorizations only admit, so without it fewer clients are admitted. */
export interface IgnoredAuthorization {
  kind: "AuthorizationPolicy" | "MeshTLSAuthentication" | "NetworkAuthentication" | "ServerAuthorization";
  namespace: string;
  name: string;
  reason: string;
}

/** The authorizations of a set of objects, by their targets. */
export class Authorizations {
  readonly ignored: IgnoredAuthorization[] = [];
  private readonly identities = new Map<string, Authentication>();
  private readonly networks = new Map<string, readonly Network[]>();
  private readonly byTarget = new Map<string, ClientAuthorization[]>();
  private readonly bySelector = new Map<string, SelectorIndex<ClientAuthorization>>();

  constructor(
    objects: PolicyObjects,
    private readonly settings: PolicySettings,
  ) {
    for (const authentication of objects.meshTls) this.addIdentities(authentication);
    for (const { namespace, name, spec } of objects.networks) {
      if (spec.networks.length > 0) this.networks.set(key(namespace, name), spec.networks);
      else this.ignore("NetworkAuthentication", { namespace, name }, "it has no networks");
    }
    for (const policy of objects.authorizationPolicies) this.addPolicy(policy);
    this.addServerAuthorizations(objects.serverAuthorizations);
  }

  /** The authorizations of a Server: those that target it or select it, and those for all Servers of its namespace. */
  ofServer({ namespace, name, labels }: Pick<Server, "namespace" | "name" | "labels">): ClientAuthorization[] {
    return [
      ...(this.byTarget.get(key("server", namespace, name)) ?? []),
      ...(this.byTarget.get(key("namespace", namespace)) ?? []),
      ...(this.bySelector.get(namespace)?.selecting(labels) ?? []),
    ];
  }

  ofRoute(route: { group: string; kind: string; namespace: string; name: string }): ClientAuthorization[] {
    return this.byTarget.get(routeKey(route)) ?? [];
  }

  private ignore(kind: IgnoredAuthorization["kind"], named: { namespace: string; name: string }, reason: string): void {
    this.ignored.push({ kind, namespace: named.namespace, name: named.name, reason });
  }

  private addIdentities({ namespace, name, spec }: MeshTlsAuthentication): void {
    const patterns = [...(spec.identities ?? [])];
    for (const ref of spec.identityRefs ?? []) {
      if (targetsKind(ref, "", "ServiceAccount")) {
        patterns.push(accountIdentity(ref.name, ref.namespace ?? namespace, this.settings));
      } else if (targetsKind(ref, "", "Namespace")) {
        patterns.push(namespaceIdentities(ref.name, this.settings));
      } else {
        this.ignore("MeshTLSAuthentication", { namespace, name }, `${ref.kind} is not a source of identities`);
        return;
      }
    }
    if (patterns.length === 0) this.ignore("MeshTLSAuthentication", { namespace, name }, "it has no identities");
    else this.identities.set(key(namespace, name), identityAuthentication(patterns));
  }

  private addPolicy({ namespace, name, spec }: AuthorizationPolicy): void {
    const { targetRef: target, requiredAuthenticationRefs: refs } = spec;
    const problem = authorizationPolicyProblem(target, refs);
    const authorization = problem ?? this.policyAuthorization(namespace, name, refs);
    if (typeof authorization === "string") this.ignore("AuthorizationPolicy", { namespace, name }, authorization);
    else append(this.byTarget, targetKey(namespace, target), authorization);
  }

  /** The authorization of a policy; a text if one of its references makes the controller ignore the whole policy, and why. */
  private policyAuthorization(
    namespace: string,
    name: string,
    refs: readonly TargetRef[],
  ): ClientAuthorization | string {
    let authentication: Authentication | undefined;
    let networks: readonly Network[] | undefined;
    for (const ref of refs) {
      const of = ref.namespace ?? namespace;
      if (targetsKind(ref, POLICY_GROUP, "NetworkAuthentication")) {
        if (networks !== undefined) return "it requires more than one NetworkAuthentication";
        networks = this.networks.get(key(of, ref.name));
        if (networks === undefined) return `there is no NetworkAuthentication ${of}/${ref.name}`;
        continue;
      }
      if (authentication !== undefined) return "it requires more than one mTLS authentication";
      authentication = targetsKind(ref, "", "ServiceAccount")
        ? identityAuthentication([accountIdentity(ref.name, of, this.settings)])
        : this.identities.get(key(of, ref.name));
      if (authentication === undefined) return `there is no MeshTLSAuthentication ${of}/${ref.name}`;
    }
    return {
      ref: { group: POLICY_GROUP, kind: "authorizationpolicy", name },
      networks: networks ?? EVERYWHERE,
      authentication: authentication ?? { kind: "none" },
    };
  }

  private addServerAuthorizations(given: readonly ServerAuthorization[]): void {
    const selecting = new Map<
      string,
      [ClientAuthorization, NonNullable<ServerAuthorization["spec"]["server"]["selector"]>][]
    >();
    for (const { namespace, name, spec } of given) {
      const authentication = this.serverAuthentication(namespace, spec.client);
      if (authentication === undefined) {
        this.ignore("ServerAuthorization", { namespace, name }, "its client has no condition");
        continue;
      }
      const networks = spec.client.networks ?? [];
      const authorization: ClientAuthorization = {
        ref: { group: POLICY_GROUP, kind: "serverauthorization", name },
        // Unlike an AuthorizationPolicy, a ServerAuthorization without networks admits only the cluster's.
        networks: networks.length > 0 ? networks : this.settings.clusterNetworks,
        authentication,
      };
      if (spec.server.name !== undefined)
        append(this.byTarget, key("server", namespace, spec.server.name), authorization);
      else {
        const nothing = { matchLabels: undefined, matchExpressions: undefined };
        append(selecting, namespace, [authorization, spec.server.selector ?? nothing]);
      }
    }
    for (const [namespace, entries] of selecting) this.bySelector.set(namespace, new SelectorIndex(entries));
  }

  private serverAuthentication(
    namespace: string,
    { unauthenticated, meshTLS: mesh }: ServerAuthorization["spec"]["client"],
  ): Authentication | undefined {
    if (unauthenticated) return { kind: "none" };
    if (mesh?.unauthenticatedTLS === true) return { kind: "tls" };
    const accounts = (mesh?.serviceAccounts ?? []).map((account) =>
      accountIdentity(account.name, account.namespace ?? namespace, this.settings),
    );
    const identities = [...(mesh?.identities ?? []), ...accounts];
    return identities.length === 0 ? undefined : identityAuthentication(identities);
  }
}

function targetKey(namespace: string, target: TargetRef): string {
  if (targetsKind(target, POLICY_GROUP, "Server")) return key("server", namespace, target.name);
  // The controller ignores the name of a Namespace: a policy can only target its own.
  if (targetsKind(target, "", "Namespace")) return key("namespace", namespace);
  return routeKey({ group: target.group ?? "", kind: target.kind, namespace, name: target.name });
}

/** Routes are compared case-insensitively, and with their group, because `policy.linkerd.io` and `gateway.networking.k8s.io` differ. */
function routeKey({ group, kind, namespace, name }: { group: string; kind: string; namespace: string; name: string }) {
  return key("route", group.toLowerCase(), kind.toLowerCase(), namespace, name.toLowerCase());
}

function key(...parts: readonly string[]): string {
  return parts.join("\0");
}
