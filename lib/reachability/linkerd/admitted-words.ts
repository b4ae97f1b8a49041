import { formatPrefix } from "../../kubernetes/cidr";
import type { Network } from "../../linkerd/api/network";
import type { ClientAuthorization } from "../../linkerd/policy/authorization";
import type { Client } from "../../linkerd/policy/client";

const ACCOUNT = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./;
const OF_NAMESPACE = /^\.([^.]+)\.serviceaccount\.identity\./;
const MOST_NAMED = 4;

/**
 * Whom authorizations admit: `only sa prometheus.linkerd-viz`, `only meshed clients from 10.0.0.0/8`, or `nobody`.
 *
 * @param client Without mTLS, the text adds that service accounts count over mTLS only, because the client may well run under an admitted one.
 */
export function admittedWords(authorizations: readonly ClientAuthorization[], client?: Pick<Client, "tls">): string {
  const all = authorizations.filter(({ ref }) => ref.name !== "localhost" || ref.kind !== "default");
  const named = new Set(all.filter(namesSomebody).flatMap(wordsOf));
  const words = new Set(all.flatMap(wordsOf));
  if (words.size === 0) return "nobody";
  const sorted = [...words].sort();
  const shown = sorted.slice(0, MOST_NAMED);
  const more = sorted.length > MOST_NAMED ? ` and ${sorted.length - MOST_NAMED} more` : "";
  const [accounts, others] = [shown.filter((who) => named.has(who)), shown.filter((who) => !named.has(who))];
  if (client?.tls !== "none" || accounts.length === 0) return `only ${shown.join(", ")}${more}`;
  const apart = others.length === 0 ? "" : `${others.join(", ")} and `;
  return `only ${apart}over mTLS ${accounts.join(", ")}${more}`;
}

/** Whether the authorization names particular identities, not just every client that has one. */
function namesSomebody({ authentication }: ClientAuthorization): boolean {
  return authentication.kind === "identity" && !authentication.suffixes.includes("");
}

function wordsOf({ authentication, networks }: ClientAuthorization): string[] {
  const from = networkWords(networks);
  if (authentication.kind === "none") return [`clients${from}`];
  if (authentication.kind === "tls") return [`clients with TLS${from}`];
  return [
    ...[...authentication.identities].map(identityWords),
    ...authentication.suffixes.map((suffix) => {
      const [, namespace] = OF_NAMESPACE.exec(suffix) ?? [];
      if (suffix === "") return "meshed clients";
      return namespace === undefined ? `*${suffix}` : `sa *.${namespace}`;
    }),
  ].map((who) => `${who}${from}`);
}

/** `sa web.shop` for the identity of a service account; any other identity unchanged. */
export function identityWords(identity: string): string {
  const [, account, namespace] = ACCOUNT.exec(identity) ?? [];
  return account === undefined ? identity : `sa ${account}.${namespace}`;
}

/** ` from 10.0.0.0/8 but 10.1.0.0/16`; empty for any address. */
function networkWords(networks: readonly Network[]): string {
  if (networks.some(({ cidr, except }) => cidr.bits === 0 && except.length === 0)) return "";
  const blocks = networks.map(({ cidr, except }) => {
    const but = except.length === 0 ? "" : ` but ${except.map(formatPrefix).join(", ")}`;
    return `${formatPrefix(cidr)}${but}`;
  });
  const shown = blocks.slice(0, MOST_NAMED);
  return ` from ${shown.join(", ")}${blocks.length > shown.length ? ` and ${blocks.length - shown.length} more` : ""}`;
}
