import { type Answer, type Registration, Secret } from "../../lib/pulumi-engine";

/**
 * Answers as the kind, random, tls and Helm providers do, with words in place of keys and certificates, and 7 as every release's revision. For
 * `respond` of the embedded engine.
 */
export function withKeys({ start = "2026-01-01T00:00:00Z", end = "2099-01-01T00:00:00Z" } = {}) {
  return ({ type, name, inputs }: Registration): Answer | undefined => {
    switch (type) {
      case "tls:index/privateKey:PrivateKey":
        return {
          outputs: {
            privateKeyPem: new Secret(`PRIVATE KEY of ${name}`),
            privateKeyPemPkcs8: new Secret(`PRIVATE KEY (PKCS #8) of ${name}`),
          },
        };
      case "tls:index/certRequest:CertRequest":
        return { outputs: { certRequestPem: `request of ${name}` } };
      case "tls:index/selfSignedCert:SelfSignedCert":
      case "tls:index/locallySignedCert:LocallySignedCert":
        return { outputs: { certPem: `certificate of ${name}\n`, validityStartTime: start, validityEndTime: end } };
      case "kind:index/cluster:Cluster":
        return {
          outputs: {
            kubeconfig: `KUBECONFIG of ${name}`,
            clientKey: `PRIVATE KEY of ${name}`,
            clientCertificate: `CLIENT CERTIFICATE of ${name}`,
            endpoint: "https://127.0.0.1:40000",
          },
        };
      case "random:index/randomId:RandomId":
        return { outputs: { hex: `${String(inputs.prefix ?? "")}0badcafe` } };
      case "kubernetes:helm.sh/v3:Release":
        return { outputs: { status: { revision: 7 } } };
    }
    return undefined;
  };
}
