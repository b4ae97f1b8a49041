import type { Path, Problem } from "../../common/problem";

const hoursPerYear = 8760;

/** Lifetimes in hours. */
export const lifetimes = {
  trustAnchor: 10 * hoursPerYear,
  issuer: hoursPerYear,
  webhookAuthority: 10 * hoursPerYear,
  webhook: hoursPerYear,
  /** `linkerd check` warns 60 days before a certificate expires. The first `pulumi up` after that renews it. */
  earlyRenewal: 60 * 24,
} as const;

/** The arguments for one generation of the trust anchor that can be validated before anything runs. */
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
      code: "missing",
      path: ["trustAnchors"],
      message: "the list is empty, and a mesh needs one",
      fix: 'leave it out, or begin with [{ generation: "1" }]',
    });
    return problems;
  }
  problems.push(...anchors.flatMap((anchor, index) => anchorProblems(anchor, index, anchors)));

  const signedBy = signerOf(anchors, issuer);
  const signer = anchors.find(({ generation }) => generation === signedBy);
  if (signer === undefined) {
    problems.push({
      code: "unknown-reference",
      path: ["issuer", "signedBy"],
      message: `no trust anchor has the generation "${signedBy}"; there are ${anchors.map(({ generation }) => `"${generation}"`).join(", ")}`,
      fix: "name one of them; keep an anchor in the list until no certificate that it signed is in use",
    });
  } else if (signer.certificatePem !== undefined && signer.privateKeyPem === undefined) {
    problems.push({
      code: "conflict",
      path: ["issuer", "signedBy"],
      message: `generation "${signedBy}" has a certificate of its own but no privateKeyPem, so nothing can be signed with it`,
      fix: "give privateKeyPem, or let another generation sign",
    });
  }

  const { validityHours = lifetimes.issuer, earlyRenewalHours = lifetimes.earlyRenewal } = issuer;
  problems.push(...renewalProblems(["issuer"], validityHours, earlyRenewalHours));
  const anchorHours = signer?.validityHours ?? lifetimes.trustAnchor;
  if (signer !== undefined && signer.certificatePem === undefined && validityHours > anchorHours) {
    problems.push({
      code: "lifetime",
      path: ["issuer", "validityHours"],
      message: `the issuer would live ${validityHours} hours and the trust anchor that signs it only ${anchorHours}`,
      fix: "shorten the issuer's lifetime, or lengthen the trust anchor's",
    });
  }
  return problems;
}

function anchorProblems(anchor: TrustAnchorChoice, index: number, all: readonly TrustAnchorChoice[]): Problem[] {
  const where = ["trustAnchors", index];
  const problems: Problem[] = [];
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(anchor.generation)) {
    problems.push({
      code: "invalid-name",
      path: [...where, "generation"],
      message: `"${anchor.generation}" cannot be part of a resource's name`,
      fix: 'use lower-case letters, digits and "-", e.g. "2"',
    });
  }
  if (all.findIndex(({ generation }) => generation === anchor.generation) !== index) {
    problems.push({
      code: "duplicate",
      path: [...where, "generation"],
      message: `"${anchor.generation}" is there twice`,
      fix: "give each generation a name of its own",
    });
  }
  if (anchor.certificatePem === undefined && anchor.privateKeyPem !== undefined) {
    problems.push({
      code: "missing",
      path: [...where, "privateKeyPem"],
      message: "there is a key without its certificate",
      fix: "give certificatePem too, or neither",
    });
  }
  if (anchor.certificatePem !== undefined && anchor.validityHours !== undefined) {
    problems.push({
      code: "conflict",
      path: [...where, "validityHours"],
      message: "a certificate that is given has its lifetime already",
      fix: "leave it out",
    });
  }
  return problems.concat(lifetimeProblems([...where, "validityHours"], anchor.validityHours));
}

/** Problems with the lifetime of a certificate and with when it is renewed. */
export function renewalProblems(where: Path, validityHours: number, earlyRenewalHours: number): Problem[] {
  const problems = [
    ...lifetimeProblems([...where, "validityHours"], validityHours),
    ...lifetimeProblems([...where, "earlyRenewalHours"], earlyRenewalHours),
  ];
  if (problems.length === 0 && earlyRenewalHours >= validityHours) {
    problems.push({
      code: "lifetime",
      path: [...where, "earlyRenewalHours"],
      message: `renewal ${earlyRenewalHours} hours before the end of a life of ${validityHours} hours is due at once, in every update`,
      fix: "make it shorter than the lifetime, e.g. a sixth of it",
    });
  }
  return problems;
}

function lifetimeProblems(where: Path, hours: number | undefined): Problem[] {
  if (hours === undefined || (Number.isInteger(hours) && hours >= 1)) return [];
  return [
    {
      code: "lifetime",
      path: where,
      message: `${hours} is not a lifetime`,
      fix: "use a whole number of hours, 1 or more",
    },
  ];
}
