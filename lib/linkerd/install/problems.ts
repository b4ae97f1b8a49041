import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { chartSourceProblems } from "../../artifacts/charts";
import { type HelmValues, valueAt } from "../../common/helm-values";
import type { Problem } from "../../common/problem";
import { versionProblems } from "../../common/version-range";
import { pinned, supportedLinkerd } from "../../common/versions";
import { type IssuerChoice, lifetimes, renewalProblems, type TrustAnchorChoice, trustProblems } from "./trust-anchors";

/** The arguments of the component that can be validated before anything runs. */
export interface LinkerdChoices {
  version?: string;
  allowUnsupportedVersions?: boolean;
  viz?: boolean;
  trustAnchors?: readonly TrustAnchorChoice[];
  issuer?: IssuerChoice;
  webhookCertificates?: { validityHours?: number; earlyRenewalHours?: number };
  artifacts?: ArtifactSources;
  values?: { crds?: HelmValues; controlPlane?: HelmValues; viz?: HelmValues };
}

/** Values of the control plane that conflict with the component's own, and what to use instead. */
const reservedValues: ReadonlyArray<readonly [path: string, why: string, fix: string]> = [
  ["identity.issuer.tls.keyPEM", "it would put a private key into Helm's history", "use trustAnchors and issuer"],
  [
    "identity.issuer.tls.crtPEM",
    "the issuer comes from a Secret that the component creates",
    "use trustAnchors and issuer",
  ],
  ["identityTrustAnchorsPEM", "it would replace the trust anchors that sign the issuer", "use trustAnchors"],
  ["proxy.outboundTransportMode", "the component's own output would be wrong", "use transportMode"],
];

/** All problems of the arguments; empty if Linkerd can be installed. */
export function linkerdProblems(args: LinkerdChoices): Problem[] {
  const { version = pinned.linkerd.chart, viz = true, webhookCertificates = {} } = args;
  const problems = args.allowUnsupportedVersions
    ? []
    : versionProblems(["version"], version, "the Linkerd chart", supportedLinkerd);
  problems.push(...trustProblems(args.trustAnchors ?? [{ generation: "1" }], args.issuer));
  problems.push(
    ...renewalProblems(
      ["webhookCertificates"],
      webhookCertificates.validityHours ?? lifetimes.webhook,
      webhookCertificates.earlyRenewalHours ?? lifetimes.earlyRenewal,
    ),
  );
  if ((webhookCertificates.validityHours ?? 0) > lifetimes.webhookAuthority) {
    problems.push({
      code: "lifetime",
      path: ["webhookCertificates", "validityHours"],
      message: `the certificates would outlive the authority that signs them, which lives ${lifetimes.webhookAuthority} hours`,
      fix: "shorten it",
    });
  }
  for (const [path, message, fix] of reservedValues) {
    if (valueAt(args.values?.controlPlane, path) === undefined) continue;
    problems.push({ code: "conflict", path: ["values", "controlPlane", ...path.split(".")], message, fix });
  }
  const charts = (["linkerd-crds", "linkerd-control-plane", "linkerd-viz"] as const)
    .filter((chart) => viz || chart !== "linkerd-viz")
    .map((chart) => ({ chart, version }));
  problems.push(...chartSourceProblems(charts, args.artifacts));
  return problems;
}
