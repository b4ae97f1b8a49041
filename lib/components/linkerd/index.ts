export { Linkerd } from "./linkerd";
export type { IssuerArgs, LinkerdArgs, LinkerdValues, TrustAnchorArgs, WebhookCertificatesArgs } from "./linkerd-args";
