import type { Manifests } from "../../input/manifests/read";
import { authorizationFacts } from "../../input/scenario/scenario";
import type { Evaluated } from "../../manifests/evaluate";
import type { PolicyState } from "../../traffic/policy-state";
import type { InputOptions } from "../options/input";

/** The state that manifests describe, for comparison with traffic. */
export function policyStateOf(
  manifests: Pick<
    Manifests,
    "policies" | "workloads" | "transportMode" | "authorization" | "linkerdSettings" | "podNetworks"
  >,
  { scenario }: Pick<Evaluated, "scenario">,
  { transportMode = manifests.transportMode }: InputOptions,
): PolicyState {
  return {
    policies: manifests.policies.map(({ manifest }) => manifest),
    scenario,
    transportMode,
    // To Cilium, a pod on the host network is the node.
    workloads: manifests.workloads
      .filter(({ endpoint }) => endpoint.hostNetwork === undefined)
      .map(({ endpoint, kind }) => ({ id: endpoint.id, kind })),
    ...(manifests.podNetworks !== undefined && { podNetworks: manifests.podNetworks }),
    authorization: authorizationFacts(manifests, manifests.linkerdSettings),
  };
}
