import { append } from "../../common/maps";
import type { RawObject } from "../../linkerd/api/object";
import { DEFAULT_OPAQUE_PORTS, INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import { evidenceOf } from "./evidence";
import type { ObjectNames } from "./existing-objects";
import type { LearnedAuthorization } from "./learned";
import type { EdgeToAdmit } from "./rules";

/**
 * Linkerd's authorization for a workload whose ports are hidden in 4143: for each port that meshed clients used, a Server that admits their accounts,
 * and for each declared port that was not used, a Server that admits no one.
 *
 * A port that clients without a proxy use gets none: they have no account, so only Cilium can tell them apart. Nor does an opaque port that the
 * kubelet probes: Linkerd authorizes probes on HTTP ports only. Nor one that a client with an unknown port may use, unless the client is admitted.
 */
export function authorizationsOf(
  server: EndpointFacts,
  matchLabels: Record<string, string>,
  wanted: readonly EdgeToAdmit[],
  { serverOf, isRefused, names, calledByNobodyKnown }: ExistingServers,
): { made: LearnedAuthorization[]; open: { port: number; why: string }[] } {
  const { namespace = "", id, ports = [], mesh } = server;
  const name = id.slice(id.indexOf("/") + 1);
  const hidden = wanted.filter(({ wire, edge }) => wire === INBOUND_PORT && edge.port !== undefined);
  const unknown = wanted.filter(({ wire, edge }) => wire === INBOUND_PORT && edge.port === undefined);
  /** Why a Server that admits these accounts could refuse a client whose port nothing tells. */
  const mayRefuse = (admitted: readonly (string | undefined)[]) => {
    const client = unknown.find((one) => !admitted.includes(accountOf(one) ?? ""));
    return client && `${client.party.id} may call it, of which only ${INBOUND_PORT} was seen`;
  };
  const made: LearnedAuthorization[] = [];
  const open: { port: number; why: string }[] = [];
  for (const [owner, refused] of refusedByServer(wanted, serverOf, isRefused))
    made.push(authorizationFor(namespace, owner, refused, names));
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
        ? `${direct.party.id} calls it without a proxy`
        : calledByNobodyKnown.has(port)
          ? "clients without a proxy call it"
          : accounts.includes(undefined)
            ? "the account of a client is not known"
            : mayRefuse(accounts);
    if (why !== undefined) open.push({ port, why });
    else {
      const known = [...new Set(accounts.filter((account) => account !== undefined))].sort();
      const server = names.reserve(["Server", ...ADMITTING], namespace, `${name}-${port}`);
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
    const why = calledByNobodyKnown.has(port) ? "clients without a proxy call it" : mayRefuse([]);
    if (why !== undefined) {
      open.push({ port, why });
      continue;
    }
    const server = names.reserve(["Server"], namespace, `${name}-${port}`);
    made.push({ objects: [serverObject(namespace, server, port, matchLabels, opaque.includes(port))], seen: [] });
  }
  return { made, open };
}

/** The account in the client's certificate. Undefined for a client without a proxy. */
function accountOf({
  edge: { account },
  endpoint: { namespace, serviceAccount, mesh },
}: EdgeToAdmit): string | undefined {
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

/** Linkerd's objects that exist already. */
export interface ExistingServers {
  /** The Server that owns a port. */
  serverOf(port: number): string | undefined;
  /** Names that are taken. */
  names: ObjectNames;
  /** Ports on which its proxy counted clients without a proxy and nothing tells who they were. */
  calledByNobodyKnown: ReadonlySet<number>;
  /** Whether the server's proxy would refuse an edge that was seen. */
  isRefused(one: EdgeToAdmit): boolean;
}

/** Edges that an existing Server refuses, by the Server. */
function refusedByServer(
  wanted: readonly EdgeToAdmit[],
  serverOf: ExistingServers["serverOf"],
  isRefused: ExistingServers["isRefused"],
): Map<string, EdgeToAdmit[]> {
  const byServer = new Map<string, EdgeToAdmit[]>();
  for (const one of wanted) {
    const { port } = one.edge;
    const owner = port === undefined ? undefined : serverOf(port);
    if (owner !== undefined && accountOf(one) !== undefined && isRefused(one)) append(byServer, owner, one);
  }
  return byServer;
}

/** An additional authorization for an existing Server. */
function authorizationFor(
  namespace: string,
  server: string,
  clients: readonly EdgeToAdmit[],
  names: ObjectNames,
): LearnedAuthorization {
  const name = names.reserve(ADMITTING, namespace, `${server}-learned`);
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
