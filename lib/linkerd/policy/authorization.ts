import type { Prefix } from "../../kubernetes/cidr";
import { prefixContains } from "../../kubernetes/cidr";
import type { DefaultPolicy } from "../api/default-policy";
import { EVERYWHERE, type Network } from "../api/network";
import type { Client } from "./client";
import type { PolicySettings } from "./settings";

/** The authorization that admits a client, as Linkerd's metrics name it (`authz_group`, `authz_kind`, `authz_name`). */
export interface AuthorizationRef {
  group: "" | "policy.linkerd.io";
  /** `default` for `localhost`, `probe` and the default policies. */
  kind: "default" | "authorizationpolicy" | "serverauthorization";
  name: string;
}

/** How a client must authenticate. A suffix is `.a.b` for the pattern `*.a.b`, and empty for `*`. */
export type Authentication =
  | { kind: "none" }
  | { kind: "tls" }
  | { kind: "identity"; identities: ReadonlySet<string>; suffixes: readonly string[] };

/** The clients that one authorization admits: those in any of the networks that authenticate this way. */
export interface ClientAuthorization {
  ref: AuthorizationRef;
  networks: readonly Network[];
  authentication: Authentication;
}

/** `maybe`: it depends on the client's address, which is not known. */
export type Admission = "yes" | "no" | "maybe";

/** The proxy's own authorization of localhost, which it adds to every policy that it can read. */
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
  // The proxy compares identities in URI form only as a whole, so that not even `*` admits them.
  return !identity.includes("://") && authentication.suffixes.some((suffix) => identity.endsWith(suffix));
}

/** Whether all addresses of the blocks are in the networks; `maybe` if only some are. */
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

/** The authorization of a default policy or of a Server's `accessPolicy`; undefined for `deny`. */
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

/** Parses the identities of an authentication: `*` and `*.a.b` are patterns, anything else is a name. */
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
