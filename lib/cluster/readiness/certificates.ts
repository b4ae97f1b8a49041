import { X509Certificate } from "node:crypto";
import { linkerdNamespace } from "../../linkerd/install/names";
import type { Snapshot } from "../snapshot";
import { condition, count, type Obstacle, type ReadinessCondition, unknown, unread } from "./condition";

const dayMilliseconds = 24 * 60 * 60 * 1000;
/** When `linkerd check` warns; for shorter-lived certificates (an issuer from cert-manager may last two days), a tenth of their lifetime. */
const warningDays = 60;

interface ParsedCertificate {
  from: string;
  role: "trustAnchor" | "issuer" | "webhook";
  certificate: X509Certificate;
}

/**
 * The certificates that the mesh depends on: trust anchors, issuer and webhooks. The proxies' own last a day and are renewed as long
 * as these are valid.
 */
export function certificatesValid(snapshot: Snapshot, now: number): ReadinessCondition[] {
  const what = "Linkerd's certificates are valid and not about to expire";
  const ofLinkerd = snapshot.missing.filter(({ namespace }) => namespace?.startsWith(linkerdNamespace));
  const why = unread({ missing: ofLinkerd }, "secrets", "configmaps");
  if (snapshot.certificates.length === 0) return why.length === 0 ? [] : [unknown("certificates", what, why)];
  const broken: Obstacle[] = [];
  const read = snapshot.certificates.flatMap(({ from, role, pem }): ParsedCertificate[] => {
    try {
      return [{ from, role, certificate: new X509Certificate(pem) }];
    } catch {
      broken.push({ detail: `${from}: not a certificate`, final: true });
      return [];
    }
  });
  const obstacles = [
    ...broken,
    ...read.flatMap((one) => lifetimeObstacles(one, read, now)),
    ...trustObstacles(read, now),
  ];
  if (obstacles.length === 0 && why.length > 0) return [unknown("certificates", what, why)];
  return [
    condition(
      "certificates",
      what,
      obstacles,
      `${count(read.length, "certificate")}, the first to expire ${firstEnd(read)}`,
    ),
  ];
}

function lifetimeObstacles(
  { from, role, certificate }: ParsedCertificate,
  all: readonly ParsedCertificate[],
  now: number,
): Obstacle[] {
  const [begins, ends] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (begins > now) {
    return [
      {
        detail: `${from}: valid only from ${day(begins)}`,
        cure: "set the clocks of the cluster's nodes and of this machine",
      },
    ];
  }
  const warning = Math.min(warningDays * dayMilliseconds, (ends - begins) / 10);
  if (ends - now > warning) return [];
  // Old trust anchors stay until the last proxy has the new one; they may expire.
  if (role === "trustAnchor" && all.some((other) => other.role === role && endOf(other) - now > warning)) return [];
  const detail = ends <= now ? `${from}: expired on ${day(ends)}` : `${from}: expires on ${day(ends)}`;
  return [{ detail, cure: cures[role], final: true }];
}

const cures = {
  trustAnchor: "add a generation to `trustAnchors`, restart the workloads, then sign with it",
  issuer: "renew the issuer: `pulumi up` does it if meshfence created it",
  webhook:
    "renew the webhooks' certificates: `pulumi up` does it if meshfence created them, otherwise an upgrade of the chart",
} as const;

/** A mesh whose issuer is not signed by the trust anchor works until the first proxy restarts. */
function trustObstacles(read: readonly ParsedCertificate[], now: number): Obstacle[] {
  const anchors = read.filter(({ role }) => role === "trustAnchor");
  const issuers = read.filter(({ role }) => role === "issuer");
  const [issuer] = issuers;
  if (anchors.length === 0 || issuer === undefined) return [];
  const valid = anchors.filter((anchor) => endOf(anchor) > now);
  // The issuer may come with intermediate certificates; an anchor signs the last.
  const signed = issuers.some(({ certificate }) =>
    valid.some((anchor) => certificate.verify(anchor.certificate.publicKey)),
  );
  if (signed) return [];
  return [
    {
      detail: `${issuer.from}: signed by none of the valid trust anchors in ${anchors[0]?.from}`,
      cure: "put the anchor that signed it into the control plane's identityTrustAnchorsPEM, or sign the issuer with one of them",
      final: true,
    },
  ];
}

const endOf = ({ certificate }: ParsedCertificate) => Date.parse(certificate.validTo);
const day = (time: number) => new Date(time).toISOString().slice(0, 10);
const firstEnd = (read: readonly ParsedCertificate[]) => day(Math.min(...read.map(endOf)));
