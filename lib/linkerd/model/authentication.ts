import { type Problem, problem } from "../../common/problem";
import { prefixContains } from "../../kubernetes/cidr";
import { namespaceNameProblems, objectNameProblems } from "../../kubernetes/names";
import { identityProblem } from "../api/identity";
import { parseNetwork } from "../api/network";
import { type LinkerdManifest, type LinkerdObjectSpec, manifest } from "./manifest";

/** A service account: a meshed workload's identity to Linkerd. All pods that run under it share that identity. */
export interface ServiceAccount {
  /** Its name. */
  name: string;
  /** Its namespace. */
  namespace: string;
}

/** A meshed client's identity. Create it with {@link Identity}. */
export type Identity =
  | {
      /** One service account. */
      kind: "account";
      /** The service account. */
      account: ServiceAccount;
    }
  | {
      /** All service accounts of a namespace. */
      kind: "namespace";
      /** Its name. */
      namespace: string;
    }
  | {
      /** Identities by their names. */
      kind: "pattern";
      /** A whole name, `*`, or `*` and the end of names. */
      pattern: string;
    };

/**
 * Constructors of identities. They check nothing; `meshTlsAuthentication` does, and reports all problems at once.
 *
 * @example
 * const identities = [Identity.account("web", "shop"), Identity.namespace("monitoring")];
 */
export const Identity = {
  /** The pods that run under a service account. */
  account: (name: string, namespace: string): Identity => ({ kind: "account", account: { name, namespace } }),
  /** The pods of every service account of a namespace. */
  namespace: (namespace: string): Identity => ({ kind: "namespace", namespace }),
  /** Everyone with a certificate from this trust anchor, including other clusters that share it. */
  anyMeshed: (): Identity => ({ kind: "pattern", pattern: "*" }),
  /** As in the certificate: a DNS name, `*.` and a DNS name for all identities that end in it, or a SPIFFE id. */
  pattern: (pattern: string): Identity => ({ kind: "pattern", pattern }),
};

/** Meshed clients, by identity: any of those listed. */
export interface MeshTlsAuthenticationSpec extends LinkerdObjectSpec {
  /** Any of them. One object cannot mix accounts and namespaces with patterns. */
  identities: Identity[];
}

/**
 * The MeshTLSAuthentication that `spec` describes.
 *
 * @throws {ProblemError} with every problem, its path and the fix.
 * @example
 * meshTlsAuthentication({ name: "clients", namespace: "shop", identities: [Identity.account("web", "shop")] });
 */
export function meshTlsAuthentication(spec: MeshTlsAuthenticationSpec): LinkerdManifest {
  return manifest(spec, {
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "MeshTLSAuthentication",
    problems: identityProblems(spec),
    render: () => {
      const patterns = spec.identities.flatMap((one) => (one.kind === "pattern" ? [one.pattern] : []));
      if (patterns.length > 0) return { identities: patterns };
      return {
        identityRefs: spec.identities.flatMap((one) => {
          if (one.kind === "account") return [{ kind: "ServiceAccount", ...one.account }];
          return one.kind === "namespace" ? [{ kind: "Namespace", name: one.namespace }] : [];
        }),
      };
    },
  });
}

function identityProblems({ identities }: MeshTlsAuthenticationSpec): Problem[] {
  const at = ["identities"];
  if (!Array.isArray(identities) || identities.length === 0)
    return [
      problem("empty", at, "it has no identities, and Linkerd refuses that", "name one, or leave the object out"),
    ];
  const patterns = identities.filter(({ kind }) => kind === "pattern").length;
  const problems = identities.flatMap((identity, index): Problem[] => {
    const path = [...at, index];
    switch (identity.kind) {
      case "account":
        return [
          ...objectNameProblems([...path, "account", "name"], identity.account.name),
          ...namespaceNameProblems([...path, "account", "namespace"], identity.account.namespace),
        ];
      case "namespace":
        return namespaceNameProblems([...path, "namespace"], identity.namespace);
      case "pattern":
        return patternProblems(path, identity.pattern);
      default:
        return [
          problem(
            "invalid-value",
            path,
            "it is not an identity",
            "create it with Identity.account(…) or a similar function",
          ),
        ];
    }
  });
  if (patterns > 0 && patterns < identities.length)
    problems.push(
      problem(
        "conflict",
        at,
        "Linkerd accepts accounts and namespaces, or patterns, but not both in one object",
        "make two, and an AuthorizationPolicy for each",
      ),
    );
  return problems;
}

function patternProblems(path: readonly (string | number)[], pattern: string): Problem[] {
  const wrong = identityProblem(pattern);
  if (wrong === undefined) return [];
  const [account, namespace] = pattern.split(".");
  const isShort = /^[a-z0-9-]+\.[a-z0-9-]+$/.test(pattern);
  const lower = pattern.toLowerCase();
  const fix =
    identityProblem(lower) === undefined
      ? `did you mean "${lower}"?`
      : pattern.includes("*")
        ? 'a star stands alone or before the first dot: "*" or "*.shop.serviceaccount.identity.linkerd.cluster.local"'
        : isShort
          ? `did you mean Identity.account("${account}", "${namespace}")?`
          : "use Identity.account(name, namespace)";
  return [problem("invalid-identity", path, `"${pattern}": ${wrong}`, fix)];
}

/** Addresses, without some of them. */
export interface NetworkBlock {
  /** `10.0.0.0/8`, or one address. */
  cidr: string;
  /** Excluded blocks inside it. */
  except?: string[];
}

/** Clients by their address, as the socket of the server's proxy sees it. Headers do not count. */
export interface NetworkAuthenticationSpec extends LinkerdObjectSpec {
  /** Any of them. */
  networks: NetworkBlock[];
}

/** Every address, IPv4 and IPv6. */
export const everyAddress: NetworkBlock[] = [{ cidr: "0.0.0.0/0" }, { cidr: "::/0" }];

/**
 * The NetworkAuthentication that `spec` describes.
 *
 * @throws {ProblemError} with every problem, its path and the fix.
 * @example
 * networkAuthentication({ name: "office", namespace: "shop", networks: [{ cidr: "192.0.2.0/24" }] });
 */
export function networkAuthentication(spec: NetworkAuthenticationSpec): LinkerdManifest {
  return manifest(spec, {
    apiVersion: "policy.linkerd.io/v1alpha1",
    kind: "NetworkAuthentication",
    problems: networkProblems(spec),
    render: () => ({
      networks: spec.networks.map(({ cidr, except }) => ({ cidr, ...(except && { except }) })),
    }),
  });
}

function networkProblems({ networks }: NetworkAuthenticationSpec): Problem[] {
  const at = ["networks"];
  if (!Array.isArray(networks) || networks.length === 0)
    return [problem("empty", at, "it has no networks, and Linkerd refuses that", "list some, e.g. everyAddress")];
  return networks.flatMap(({ cidr, except = [] }, index): Problem[] => {
    const block = blockOf(cidr);
    if (block === undefined) return [noBlock([...at, index, "cidr"], cidr)];
    return except.flatMap((text, place): Problem[] => {
      const path = [...at, index, "except", place];
      const hole = blockOf(text);
      if (hole === undefined) return [noBlock(path, text)];
      if (!prefixContains(block, hole))
        return [problem("outside", path, `"${text}" lies outside "${cidr}"`, "leave it out, or widen the block")];
      if (prefixContains(hole, block))
        return [problem("empty", path, `"${text}" is the whole block, so nobody is left`, "except less")];
      return [];
    });
  });
}

const noBlock = (path: readonly (string | number)[], text: unknown): Problem =>
  problem("invalid-cidr", path, `${JSON.stringify(text)} is not a block of addresses`, 'use one such as "10.0.0.0/8"');

function blockOf(text: unknown) {
  try {
    return parseNetwork(String(text)).cidr;
  } catch {
    return undefined;
  }
}
