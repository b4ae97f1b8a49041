import { issuerSecret, linkerdNamespace, vizNamespace } from "../../linkerd/install/names";
import type { Missing } from "../access";
import type { Limit } from "../cluster";
import type { NamespaceObject } from "../objects";
import type { Certificate } from "../snapshot";
import type { ApiServer } from "./api-server";
import { optional } from "./optional";

const secrets: readonly { namespace: string; name: string; role: Certificate["role"] }[] = [
  { namespace: linkerdNamespace, name: issuerSecret, role: "issuer" },
  ...["proxy-injector", "sp-validator", "policy-validator"].map((name) => ({
    namespace: linkerdNamespace,
    name: `linkerd-${name}-k8s-tls`,
    role: "webhook" as const,
  })),
  ...["tap", "tap-injector"].map((name) => ({
    namespace: vizNamespace,
    name: `${name}-k8s-tls`,
    role: "webhook" as const,
  })),
];

/** The certificates in Linkerd's Secrets. The API server returns whole Secrets; private keys are dropped here. */
export async function readCertificates(
  server: ApiServer,
  namespaces: readonly NamespaceObject[],
  limit: Limit,
  missing: Missing[],
): Promise<Certificate[]> {
  const there = new Set(namespaces.map(({ metadata }) => metadata.name));
  const wanted = secrets.filter(({ namespace }) => there.size === 0 || there.has(namespace));
  const found = wanted.map(async ({ namespace, name, role }): Promise<Certificate[]> => {
    const from = `Secret ${namespace}/${name}`;
    const rule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: [name], namespace };
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const answer = server.get<{ data?: { [key: string]: string } }>(path, { what: from, rule }, limit);
    const { data = {} } = (await optional(answer, { what: from, of: "secrets", namespace }, missing)) ?? {};
    // The issuer was called crt.pem before Secrets of type kubernetes.io/tls.
    const encoded = data["tls.crt"] ?? data["crt.pem"];
    return encoded === undefined ? [] : certificatesIn(Buffer.from(encoded, "base64").toString("utf8"), from, role);
  });
  return (await Promise.all(found)).flat();
}

/** The certificates of a PEM bundle, and nothing else that it may contain. */
export function certificatesIn(bundle: string, from: string, role: Certificate["role"]): Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => ({ from, role, pem }));
}
