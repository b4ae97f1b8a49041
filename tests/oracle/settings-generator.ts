import fc from "fast-check";
import type { ClusterFacts } from "../../lib/scenario/scenario";
import { cases } from "./generator";
import type { Case } from "./oracle";

type Told = Pick<ClusterFacts, "policyEnforcement" | "policyDefaultLocalCluster" | "labels">;

const told: fc.Arbitrary<Told> = fc.record(
  {
    policyEnforcement: fc.constantFrom<"default" | "always" | "never">(
      "default",
      "default",
      "always",
      "always",
      "never",
    ),
    policyDefaultLocalCluster: fc.boolean(),
    labels: fc.constantFrom(
      ["!k8s:app"],
      ["!app\\.kubernetes\\.io"],
      ["k8s:app", "k8s:io.cilium"],
      ["tier", "reserved:.*"],
      ["!any:tier"],
    ),
  },
  { requiredKeys: [] },
);

/** Random cases as {@link cases} has them, with an agent that is told something, and with pods of another cluster. */
export const settingsCases: fc.Arbitrary<Case> = fc
  .tuple(
    cases,
    told,
    fc.array(fc.constantFrom(undefined, undefined, "west", "default"), { minLength: 5, maxLength: 5 }),
  )
  .map(([{ scenario, policies }, settings, clusters]) => ({
    policies,
    scenario: {
      ...scenario,
      cluster: { ...scenario.cluster, ...settings },
      endpoints: scenario.endpoints.map((endpoint, place) => {
        const cluster = clusters[place];
        return endpoint.namespace === undefined || cluster === undefined ? endpoint : { ...endpoint, cluster };
      }),
    },
  }));
