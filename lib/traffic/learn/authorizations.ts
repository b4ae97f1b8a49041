import { append } from "../../common/maps";
import type { RawObject } from "../../linkerd/api/object";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import { evidenceOf } from "./evidence";
import type { Names } from "./existing";
import type { LearnedAuthorization } from "./learned";
import type { Wanted } from "./rules";

/**
 * Linkerd's half for one workload whose ports are hidden in 4143: a Server for each port that meshed clients used, for the accounts that used it,
 * and one that admits nobody for each port that it declares and nobody used.
 *
 * A port that clients without a proxy use, too, gets none: they have no account, so only Cilium can tell them apart. Nor does a port that Linkerd
 * does not look into and that the kubelet probes: the probe has no authorization there.
 */
export function authorizationsOf(
  server: EndpointFacts,
  matchLabels: Record<string, string>,
  wanted: readonly Wanted[],
  { serverOf, isRefused, names }: Existing,
): { made: LearnedAuthorization[]; open: { port: number; why: string }[] } {
  const { namespace = "", id, ports = [], mesh } = server;
  const name = id.slice(id.indexOf("/") + 1);
  const hidden = wanted.filter(({ wire, edge }) => wire === INBOUND_PORT && edge.port !== undefined);
  const made: LearnedAuthorization[] = [];
  const open: { port: number; why: string }[] = [];
  for (const [owner, refused] of refusedByServer(wanted, serverOf, isRefused))
    made.push(admittedTo(namespace, owner, refused, names));
  if (hidden.length === 0) return { made, open };
  const opaque = mesh?.opaquePorts ?? DEFAULT_OPAQUE_PORTS;
  const used = [...new Set(hidden.flatMap(({ edge }) => edge.port ?? []))].sort((a, b) => a - b);
  const plain = new Map(wanted.flatMap((one) => (one.wire === INBOUND_PORT ? [] : [[one.wire, one] as const])));
  for (const port of used.filter((one) => serverOf(one) === undefined)) {
    const clients = hidden.filter(({ edge }) => edge.port === port);
    const accounts = clients.map(accountOf);
    const direct = plain.get(port);
    const why =
      direct !== undefined && (direct.endpoint.reserved === undefined || opaque.includes(port))
        ? `${direct.party.id} asks it without a proxy`
        : accounts.includes(undefined)
          ? "the account of a client is not known"
          : undefined;
    if (why !== undefined) open.push({ port, why });
    else {
      const known = [...new Set(accounts.filter((account) => account !== undefined))].sort();
      const server = names.free(["Server", ...ADMITTING], namespace, `${name}-${port}`);
      made.push({
        objects: [
          serverObject(namespace, server, port, matchLabels, opaque.includes(port)),
          authentication(namespace, server, known),
          authorization(namespace, server, server),
        ],
        seen: clients.map(({ edge }) => evidenceOf(edge)),
      });
    }
  }
  for (const { port, protocol = "TCP" } of ports) {
    if (protocol !== "TCP" || used.includes(port) || plain.has(port) || serverOf(port) !== undefined) continue;
    const server = names.free(["Server"], namespace, `${name}-${port}`);
    made.push({ objects: [serverObject(namespace, server, port, matchLabels, opaque.includes(port))], seen: [] });
  }
  return { made, open };
}

/** Nothing for who has no proxy: the account that its pods run under is in no certificate. */
function accountOf({ edge: { account }, endpoint: { namespace, serviceAccount, mesh } }: Wanted): string | undefined {
  if (account !== undefined) return account;
  if (mesh?.injected !== true || namespace === undefined || serviceAccount === undefined) return undefined;
  return `${namespace}/${serviceAccount}`;
}

function serverObject(
  namespace: string,
  name: string,
  port: number,
  matchLabels: Record<string, string>,
  opaque: boolean,
): RawObject {
  return {
    apiVersion: "policy.linkerd.io/v1beta3",
    kind: "Server",
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels }, port, ...(opaque && { proxyProtocol: "opaque" }), accessPolicy: "deny" },
  };
}

function authentication(namespace: string, name: string, accounts: readonly string[]): RawObject {
  const identityRefs = accounts.map((account) => {
    const [owner = "", subject = ""] = account.split("/");
    return { kind: "ServiceAccount", name: subject, namespace: owner };
  });
  return {
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "MeshTLSAuthentication",
    metadata: { name, namespace },
    spec: { identityRefs },
  };
}

const ADMITTING = ["MeshTLSAuthentication", "AuthorizationPolicy"];

/** What is there of Linkerd's objects already. */
export interface Existing {
  /** The Server that owns a port. */
  serverOf(port: number): string | undefined;
  names: Names;
  /** Whether the server's proxy would not take what was seen. */
  isRefused(one: Wanted): boolean;
}

/** Accounts that a Server that is there does not admit yet, by the Server. */
function refusedByServer(
  wanted: readonly Wanted[],
  serverOf: Existing["serverOf"],
  isRefused: Existing["isRefused"],
): Map<string, Wanted[]> {
  const byServer = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const { port } = one.edge;
    const owner = port === undefined ? undefined : serverOf(port);
    if (owner !== undefined && accountOf(one) !== undefined && isRefused(one)) append(byServer, owner, one);
  }
  return byServer;
}

/** An authorization more for a Server that is there. */
function admittedTo(namespace: string, server: string, clients: readonly Wanted[], names: Names): LearnedAuthorization {
  const name = names.free(ADMITTING, namespace, `${server}-learned`);
  const accounts = [...new Set(clients.map(accountOf).filter((account) => account !== undefined))].sort();
  return {
    objects: [authentication(namespace, name, accounts), authorization(namespace, name, server)],
    seen: clients.map(({ edge }) => evidenceOf(edge)),
  };
}

function authorization(namespace: string, name: string, server: string): RawObject {
  return {
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "AuthorizationPolicy",
    metadata: { name, namespace },
    spec: {
      targetRef: { group: "policy.linkerd.io", kind: "Server", name: server },
      requiredAuthenticationRefs: [{ group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name }],
    },
  };
}
