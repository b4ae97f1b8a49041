import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { lifetimes } from "../../linkerd/install/trust-anchors";
import { dnsName, type WebhookServer } from "../../linkerd/install/webhooks";
import type { WebhookCertificatesArgs } from "./args";

/** The authority that signs the webhooks' certificates. It is not part of the mesh's identity. */
export interface WebhookAuthority {
  certificatePem: pulumi.Output<string>;
  privateKeyPem: pulumi.Output<string>;
}

interface ServingCertificatesArgs extends WebhookCertificatesArgs {
  servers: readonly WebhookServer[];
  /** Default: a new one. */
  authority?: WebhookAuthority;
}

const keyType = { algorithm: "ECDSA", ecdsaCurve: "P256" };

/**
 * A certificate for each server that the API server calls, in the Secret that its chart mounts. Renewal restarts nothing: the servers
 * reload the certificate, and the API server trusts the authority, which stays the same.
 */
export class WebhookCertificates extends pulumi.ComponentResource {
  public readonly authority: WebhookAuthority;
  public readonly authorityPem: pulumi.Output<string>;

  constructor(name: string, args: ServingCertificatesArgs, opts: pulumi.ComponentResourceOptions) {
    super("meshfence:index:WebhookCertificates", name, {}, opts);
    this.authority = args.authority ?? this.newAuthority(`${name}-authority`);
    this.authorityPem = this.authority.certificatePem;
    for (const server of args.servers) this.serve(`${name}-${server.service}`, server, args);
    this.registerOutputs({});
  }

  private newAuthority(name: string): WebhookAuthority {
    const key = new tls.PrivateKey(`${name}-key`, keyType, { parent: this });
    const certificate = new tls.SelfSignedCert(
      name,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: "webhooks.linkerd" },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        validityPeriodHours: lifetimes.webhookAuthority,
      },
      { parent: this },
    );
    return { certificatePem: certificate.certPem, privateKeyPem: key.privateKeyPem };
  }

  private serve(name: string, server: WebhookServer, args: ServingCertificatesArgs): void {
    const key = new tls.PrivateKey(`${name}-key`, keyType, { parent: this });
    const request = new tls.CertRequest(
      `${name}-request`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: dnsName(server) },
        dnsNames: [dnsName(server)],
      },
      { parent: this },
    );
    const certificate = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caCertPem: this.authority.certificatePem,
        caPrivateKeyPem: this.authority.privateKeyPem,
        allowedUses: ["digital_signature", "server_auth"],
        validityPeriodHours: args.validityHours ?? lifetimes.webhook,
        earlyRenewalHours: args.earlyRenewalHours ?? lifetimes.earlyRenewal,
      },
      { parent: this },
    );
    new k8s.core.v1.Secret(
      `${name}-secret`,
      {
        metadata: { name: server.secret, namespace: server.namespace },
        type: "kubernetes.io/tls",
        // The policy controller reads PKCS #8 and PKCS #1 (kubert's tls_rustls.rs), not the SEC 1 ("EC PRIVATE KEY") of privateKeyPem.
        stringData: { "tls.crt": certificate.certPem, "tls.key": key.privateKeyPemPkcs8 },
      },
      { parent: this },
    );
  }
}
