import type { PodFacts } from "../../lib/reachability";

/** A meshed pod of namespace shop, with a service account and a label `app` of its name. */
export const pod = (name: string, more: Partial<PodFacts> = {}): PodFacts => ({
  id: `shop/${name}`,
  namespace: "shop",
  serviceAccount: name,
  labels: { app: name },
  mesh: { injected: true },
  ...more,
});
