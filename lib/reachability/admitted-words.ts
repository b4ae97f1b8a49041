import { formatPrefix } from "../kubernetes/cidr";
import type { Network } from "../linkerd/api/network";
import type { ClientAuthorization } from "../linkerd/policy/authorization";

const ACCOUNT = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./;
const OF_NAMESPACE = /^\.([^.]+)\.serviceaccount\.identity\./;
const MOST = 4;

/** Whom authorizations admit: `only sa prometheus.linkerd-viz`, `only meshed clients from 10.0.0.0/8`, or `nobody`. */
export function admittedWords(authorizations: readonly ClientAuthorization[]): string {
  const words = new Set(
    authorizations.filter(({ ref }) => ref.name !== "localhost" || ref.kind !== "default").flatMap(wordsOf),
  );
  if (words.size === 0) return "nobody";
  const sorted = [...words].sort();
  const more = sorted.length > MOST ? ` and ${sorted.length - MOST} more` : "";
  return `only ${sorted.slice(0, MOST).join(", ")}${more}`;
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
      return namespace === undefined ? `*${suffix}` : `any sa of ${namespace}`;
    }),
  ].map((who) => `${who}${from}`);
}

/** `sa web.shop` of the identity of a service account, and any other identity as it is. */
export function identityWords(identity: string): string {
  const [, account, namespace] = ACCOUNT.exec(identity) ?? [];
  return account === undefined ? identity : `sa ${account}.${namespace}`;
}

/** ` from 10.0.0.0/8 but 10.1.0.0/16`; empty where it is from everywhere. */
function networkWords(networks: readonly Network[]): string {
  if (networks.some(({ cidr, except }) => cidr.bits === 0 && except.length === 0)) return "";
  const blocks = networks.map(({ cidr, except }) => {
    const but = except.length === 0 ? "" : ` but ${except.map(formatPrefix).join(", ")}`;
    return `${formatPrefix(cidr)}${but}`;
  });
  const shown = blocks.slice(0, MOST);
  return ` from ${shown.join(", ")}${blocks.length > shown.length ? ` and ${blocks.length - shown.length} more` : ""}`;
}
