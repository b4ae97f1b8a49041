import type { Problem } from "../../common/argument-problems";

const hoursPerYear = 8760;

/** Lifetimes in hours. */
export const lifetimes = {
  trustAnchor: 10 * hoursPerYear,
  issuer: hoursPerYear,
  webhookAuthority: 10 * hoursPerYear,
  webhook: hoursPerYear,
  /** `linkerd check` warns 60 days before a certificate of the mesh expires; the first `pulumi up` from then on renews it. */
  earlyRenewal: 60 * 24,
} as const;

/** What can be judged about a generation of the trust anchor before anything runs. */
export interface TrustAnchorChoice {
  generation: string;
  validityHours?: number;
  certificatePem?: unknown;
  privateKeyPem?: unknown;
}

export interface IssuerChoice {
  signedBy?: string;
  validityHours?: number;
  earlyRenewalHours?: number;
}

/** The generation whose key signs the issuer. */
export function signerOf(anchors: readonly TrustAnchorChoice[], issuer: IssuerChoice | undefined): string {
  return issuer?.signedBy ?? anchors[0]?.generation ?? "1";
}

export function trustProblems(anchors: readonly TrustAnchorChoice[], issuer: IssuerChoice = {}): Problem[] {
  const problems: Problem[] = [];
  if (anchors.length === 0) {
    problems.push({
      where: "trustAnchors",
      what: "the list is empty, and a mesh needs one",
      remedy: 'leave it out, or begin with [{ generation: "1" }]',
    });
    return problems;
  }
  problems.push(...anchors.flatMap((anchor, index) => anchorProblems(anchor, index, anchors)));

  const signedBy = signerOf(anchors, issuer);
  const signer = anchors.find(({ generation }) => generation === signedBy);
  if (signer === undefined) {
    problems.push({
      where: "issuer.signedBy",
      what: `no trust anchor has the generation "${signedBy}"; there are ${anchors.map(({ generation }) => `"${generation}"`).join(", ")}`,
      remedy: "name one of them; keep an anchor in the list until no certificate that it signed is in use",
    });
  } else if (signer.certificatePem !== undefined && signer.privateKeyPem === undefined) {
    problems.push({
      where: "issuer.signedBy",
      what: `generation "${signedBy}" has a certificate of its own but no privateKeyPem, so nothing can be signed with it`,
      remedy: "give privateKeyPem, or let another generation sign",
    });
  }

  const { validityHours = lifetimes.issuer, earlyRenewalHours = lifetimes.earlyRenewal } = issuer;
  problems.push(...renewalProblems("issuer", validityHours, earlyRenewalHours));
  const anchorHours = signer?.validityHours ?? lifetimes.trustAnchor;
  if (signer !== undefined && signer.certificatePem === undefined && validityHours > anchorHours) {
    problems.push({
      where: "issuer.validityHours",
      what: `the issuer would live ${validityHours} hours and the trust anchor that signs it only ${anchorHours}`,
      remedy: "shorten the issuer's life, or let the trust anchor live longer",
    });
  }
  return problems;
}

function anchorProblems(anchor: TrustAnchorChoice, index: number, all: readonly TrustAnchorChoice[]): Problem[] {
  const where = `trustAnchors[${index}]`;
  const problems: Problem[] = [];
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(anchor.generation)) {
    problems.push({
      where: `${where}.generation`,
      what: `"${anchor.generation}" cannot be part of a resource's name`,
      remedy: 'use lower-case letters, digits and "-", e.g. "2"',
    });
  }
  if (all.findIndex(({ generation }) => generation === anchor.generation) !== index) {
    problems.push({
      where: `${where}.generation`,
      what: `"${anchor.generation}" is there twice`,
      remedy: "give each generation a name of its own",
    });
  }
  if (anchor.certificatePem === undefined && anchor.privateKeyPem !== undefined) {
    problems.push({
      where: `${where}.privateKeyPem`,
      what: "there is a key without its certificate",
      remedy: "give certificatePem too, or neither",
    });
  }
  if (anchor.certificatePem !== undefined && anchor.validityHours !== undefined) {
    problems.push({
      where: `${where}.validityHours`,
      what: "a certificate that is given has its lifetime already",
      remedy: "leave it out",
    });
  }
  return problems.concat(lifetimeProblems(`${where}.validityHours`, anchor.validityHours));
}

/** Problems of a certificate that is renewed some time before it expires. */
export function renewalProblems(where: string, validityHours: number, earlyRenewalHours: number): Problem[] {
  const problems = [
    ...lifetimeProblems(`${where}.validityHours`, validityHours),
    ...lifetimeProblems(`${where}.earlyRenewalHours`, earlyRenewalHours),
  ];
  if (problems.length === 0 && earlyRenewalHours >= validityHours) {
    problems.push({
      where: `${where}.earlyRenewalHours`,
      what: `renewal ${earlyRenewalHours} hours before the end of a life of ${validityHours} hours is due at once, in every update`,
      remedy: "make it shorter than the life, e.g. a sixth of it",
    });
  }
  return problems;
}

function lifetimeProblems(where: string, hours: number | undefined): Problem[] {
  if (hours === undefined || (Number.isInteger(hours) && hours >= 1)) return [];
  return [{ where, what: `${hours} is not a lifetime`, remedy: "use a whole number of hours, 1 or more" }];
}
