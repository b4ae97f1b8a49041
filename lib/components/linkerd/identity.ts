import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { clusterDomain, issuerSecret, linkerdNamespace } from "../../linkerd/install/names";
import { lifetimes, signerOf } from "../../linkerd/install/trust-anchors";
import { componentError } from "../shared/refuse";
import type { IssuerArgs, TrustAnchorArgs } from "./args";
import { refuseUntestedSigner, warnOfExpiry } from "./rotation";

interface LinkerdIdentityArgs {
  trustAnchors: readonly TrustAnchorArgs[];
  issuer?: IssuerArgs | undefined;
}

/** A trust anchor, created or given. */
interface TrustAnchor {
  generation: string;
  certificatePem: pulumi.Output<string>;
  privateKeyPem: pulumi.Output<string> | undefined;
  /** Start and end of its lifetime; undefined for a given certificate. */
  life: { start: pulumi.Output<string>; end: pulumi.Output<string> } | undefined;
}

/** Linkerd accepts an issuer only with ECDSA on P-256 (its `pkg/issuercerts`). */
const keyType = { algorithm: "ECDSA", ecdsaCurve: "P256" };
const authorityUses = ["cert_signing", "crl_signing"];

/** The trust anchors, and the issuer in the Secret that the control plane reads. */
export class LinkerdIdentity extends pulumi.ComponentResource {
  public readonly trustAnchorsPem: pulumi.Output<string>;
  public readonly trustAnchorsExpire: pulumi.Output<{ [generation: string]: string }>;
  public readonly issuerExpires: pulumi.Output<string>;

  constructor(name: string, args: LinkerdIdentityArgs, opts: pulumi.ComponentResourceOptions) {
    super("meshfence:index:LinkerdIdentity", name, {}, opts);
    const anchors = args.trustAnchors.map((anchor) => trustAnchor(name, anchor, this));
    const signer = anchors.find(({ generation }) => generation === signerOf(args.trustAnchors, args.issuer));
    if (signer?.privateKeyPem === undefined)
      throw componentError(this, new Error("no trust anchor can sign the issuer"));

    const issuerKey = new tls.PrivateKey(`${name}-issuer-key`, keyType, { parent: this });
    const request = new tls.CertRequest(
      `${name}-issuer-request`,
      {
        privateKeyPem: issuerKey.privateKeyPem,
        subject: { commonName: `identity.${linkerdNamespace}.${clusterDomain}` },
      },
      { parent: this },
    );
    const issuer = new tls.LocallySignedCert(
      `${name}-issuer`,
      {
        certRequestPem: request.certRequestPem,
        caCertPem: refuseUntestedSigner(signer, anchors, this),
        caPrivateKeyPem: signer.privateKeyPem,
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: authorityUses,
        validityPeriodHours: args.issuer?.validityHours ?? lifetimes.issuer,
        earlyRenewalHours: args.issuer?.earlyRenewalHours ?? lifetimes.earlyRenewal,
      },
      { parent: this },
    );
    new k8s.core.v1.Secret(
      `${name}-issuer-secret`,
      {
        metadata: { name: issuerSecret, namespace: linkerdNamespace },
        type: "kubernetes.io/tls",
        stringData: {
          "ca.crt": signer.certificatePem,
          "tls.crt": issuer.certPem,
          "tls.key": issuerKey.privateKeyPem,
        },
      },
      { parent: this },
    );

    this.trustAnchorsPem = pulumi.concat(...anchors.map(({ certificatePem }) => certificatePem));
    this.trustAnchorsExpire = pulumi.output(
      Object.fromEntries(anchors.flatMap(({ generation, life }) => (life ? [[generation, life.end]] : []))),
    );
    this.issuerExpires = issuer.validityEndTime;
    warnOfExpiry(anchors, this.issuerExpires, signer, this);
    this.registerOutputs({});
  }
}

function trustAnchor(name: string, args: TrustAnchorArgs, parent: pulumi.Resource): TrustAnchor {
  const { generation } = args;
  if (args.certificatePem !== undefined) {
    const privateKeyPem = args.privateKeyPem === undefined ? undefined : pulumi.secret(args.privateKeyPem);
    const certificatePem = pulumi.output(args.certificatePem).apply((pem) => `${pem.trim()}\n`);
    return { generation, certificatePem, privateKeyPem, life: undefined };
  }
  const resource = `${name}-trust-anchor-${generation}`;
  const key = new tls.PrivateKey(`${resource}-key`, keyType, { parent });
  const certificate = new tls.SelfSignedCert(
    resource,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: `root.${linkerdNamespace}.${clusterDomain}` },
      isCaCertificate: true,
      setSubjectKeyId: true,
      allowedUses: authorityUses,
      validityPeriodHours: args.validityHours ?? lifetimes.trustAnchor,
      // No early renewal: a new anchor that no running proxy knows would cut the mesh in two.
    },
    { parent },
  );
  return {
    generation,
    certificatePem: certificate.certPem,
    privateKeyPem: key.privateKeyPem,
    life: { start: certificate.validityStartTime, end: certificate.validityEndTime },
  };
}
