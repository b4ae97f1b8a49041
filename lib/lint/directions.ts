export const directions = [
  ["ingress", "ingressDeny"],
  ["egress", "egressDeny"],
] as const;
