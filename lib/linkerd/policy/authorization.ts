import type { Prefix } from "../../kubernetes/cidr";
import { prefixContains } from "../../kubernetes/cidr";
import type { DefaultPolicy } from "../api/default-policy";
import { EVERYWHERE, type Network } from "../api/network";
import type { Client } from "./client";
import type { PolicySettings } from "./settings";

/** Who admits a client, as Linkerd's metrics name it (`authz_group`, `authz_kind`, `authz_name`). */
export interface AuthorizationRef {
  group: "" | "policy.linkerd.io";
  /** `default` are `localhost`, `probe` and the default policies. */
  kind: "default" | "authorizationpolicy" | "serverauthorization";
  name: string;
}

/** What a client must show. Suffixes are `.a.b` for `*.a.b`, and empty for `*`. */
export type Authentication =
  | { kind: "none" }
  | { kind: "tls" }
  | { kind: "identity"; identities: ReadonlySet<string>; suffixes: readonly string[] };

/** A class of clients that are let in: from one of the networks, and authenticated so. */
export interface ClientAuthorization {
  ref: AuthorizationRef;
  networks: readonly Network[];
  authentication: Authentication;
}

/** `maybe`: the client's address is not known, and it decides. */
export type Admission = "yes" | "no" | "maybe";

/** The proxy's own authorization, on every server that it has understood. */
export const LOCALHOST: ClientAuthorization = {
  ref: { group: "", kind: "default", name: "localhost" },
  networks: [],
  authentication: { kind: "none" },
};

export function admits(authorization: ClientAuthorization, client: Client): Admission {
  if (!authenticates(authorization.authentication, client)) return "no";
  if (authorization === LOCALHOST) return client.blocks.every(isLoopback) ? "yes" : "no";
  return comesFrom(authorization.networks, client.blocks);
}

function authenticates(authentication: Authentication, { tls, identity }: Client): boolean {
  if (authentication.kind === "none") return true;
  if (authentication.kind === "tls") return tls === "mesh" || tls === "unauthenticated";
  if (tls !== "mesh" || identity === undefined) return false;
  if (authentication.identities.has(identity)) return true;
  // Identities in URI form are compared as a whole only, so that not even `*` admits them.
  return !identity.includes("://") && authentication.suffixes.some((suffix) => identity.endsWith(suffix));
}

/** Whether addresses of some blocks are in networks; `maybe` where some are. */
export function comesFrom(networks: readonly Network[], blocks: readonly Prefix[]): Admission {
  const answers = new Set(blocks.map((block) => blockFrom(networks, block)));
  return answers.size === 1 ? ([...answers][0] as Admission) : "maybe";
}

function blockFrom(networks: readonly Network[], block: Prefix): Admission {
  let answer: Admission = "no";
  for (const { cidr, except } of networks) {
    if (!overlap(cidr, block) || except.some((excepted) => prefixContains(excepted, block))) continue;
    if (prefixContains(cidr, block) && !except.some((excepted) => overlap(excepted, block))) return "yes";
    answer = "maybe";
  }
  return answer;
}

function overlap(a: Prefix, b: Prefix): boolean {
  return prefixContains(a, b) || prefixContains(b, a);
}

function isLoopback({ family, address, bits }: Prefix): boolean {
  return family === 4 ? bits === 32 && address === 0x7f000001n : bits === 128 && address === 1n;
}

/** What a default policy, or a Server's `accessPolicy`, gives to everybody. `deny` gives nothing. */
export function defaultAuthorization(
  policy: DefaultPolicy | undefined,
  { clusterNetworks }: PolicySettings,
): ClientAuthorization | undefined {
  if (policy === undefined || policy === "deny") return undefined;
  const authenticated = policy === "all-authenticated" || policy === "cluster-authenticated";
  const cluster = policy === "cluster-authenticated" || policy === "cluster-unauthenticated";
  return {
    ref: { group: "", kind: "default", name: policy },
    networks: cluster ? clusterNetworks : EVERYWHERE,
    authentication: authenticated ? { kind: "identity", identities: new Set(), suffixes: [""] } : { kind: "none" },
  };
}

/** The names and patterns of identities: `*` and `*.a.b` are patterns, anything else is a name. */
export function identityAuthentication(identities: Iterable<string>): Authentication {
  const names = new Set<string>();
  const suffixes: string[] = [];
  for (const identity of identities) {
    if (identity === "*") suffixes.push("");
    else if (identity.startsWith("*.")) suffixes.push(identity.slice(1));
    else names.add(identity);
  }
  return { kind: "identity", identities: names, suffixes };
}
