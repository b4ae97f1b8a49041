export type { IssuerArgs, LinkerdArgs, LinkerdValues, TrustAnchorArgs, WebhookCertificatesArgs } from "./args";
export { Linkerd } from "./linkerd";
