import * as pulumi from "@pulumi/pulumi";
import { problem } from "../../common/problem";
import { lifetimes } from "../../linkerd/install/trust-anchors";
import { refuse } from "../shared/refuse";

interface DatedAnchor {
  generation: string;
  certificatePem: pulumi.Output<string>;
  life: { start: pulumi.Output<string>; end: pulumi.Output<string> } | undefined;
}

/** When this program started. Anything younger was created by this update. */
const began = Date.now();

/**
 * The signer's certificate. Fails if this update created it while an older anchor exists: running proxies only know the older one, and
 * would trust no certificate that the new one signs. `pulumi up` finds the mistake before it changes the issuer; a preview cannot,
 * because it does not know the new anchor's age.
 */
export function refuseUntestedSigner(
  signer: DatedAnchor,
  anchors: readonly DatedAnchor[],
  component: pulumi.ComponentResource,
): pulumi.Output<string> {
  const dated = anchors.flatMap(({ generation, life }) => (life ? [{ generation, start: life.start }] : []));
  return pulumi.all([signer.certificatePem, pulumi.output(dated)]).apply(([pem, starts]) => {
    const isNew = (start: string) => Date.parse(start) >= began - clockTolerance;
    const signerStart = starts.find(({ generation }) => generation === signer.generation)?.start;
    const older = starts.find(({ start }) => !isNew(start));
    if (signerStart === undefined || !isNew(signerStart) || older === undefined) return pem;
    refuse(component, [
      problem(
        "untrusted-signer",
        ["issuer", "signedBy"],
        `trust anchor "${signer.generation}" was made by this update and must not sign yet: no running proxy trusts it`,
        `set it to "${older.generation}" and run this update again, restart every meshed workload, and then set it to ` +
          `"${signer.generation}" in an update of its own`,
      ),
    ]);
    return pem;
  });
}

/** Certificates carry whole seconds. */
const clockTolerance = 1000;

/** Warns, in previews and updates, of an anchor that expires soon and of an issuer that outlives its anchor. */
export function warnOfExpiry(
  anchors: readonly DatedAnchor[],
  issuerExpires: pulumi.Output<string>,
  signer: DatedAnchor,
  component: pulumi.Resource,
): void {
  const soon = Date.now() + lifetimes.earlyRenewal * 3_600_000;
  for (const { generation, life } of anchors) {
    life?.end.apply((end) => {
      if (Date.parse(end) > soon) return;
      void pulumi.log.warn(
        `trust anchor "${generation}" expires at ${end}: add a new generation to trustAnchors, and restart all meshed ` +
          "workloads before it signs the issuer",
        component,
      );
    });
  }
  if (signer.life === undefined) return;
  pulumi.all([issuerExpires, signer.life.end]).apply(([issuer, anchor]) => {
    if (Date.parse(issuer) <= Date.parse(anchor)) return;
    void pulumi.log.warn(
      `the issuer lives until ${issuer}, longer than trust anchor "${signer.generation}", which signed it and expires at ` +
        `${anchor}: the mesh stops at the earlier time`,
      component,
    );
  });
}
