import type { Missing } from "../access";
import { agentCommand, parseAgentState } from "../agent-state";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import type { CiliumEndpointObject, PodObject } from "../objects";
import type { AgentState } from "../snapshot";
import type { ApiServer } from "./api-server";
import { execute } from "./exec";

/** A hanging agent must not delay the others. */
const agentSeconds = 5;
export const agentContainer = "cilium-agent";

/** Asks the agent of each node; agents that do not answer are listed in `missing`. */
export async function readAgents(
  server: ApiServer,
  pods: readonly PodObject[],
  ciliumEndpoints: readonly CiliumEndpointObject[],
  limit: Limit,
  missing: Missing[],
): Promise<AgentState[]> {
  const states = pods.map(async ({ metadata, spec, status }) => {
    const node = spec.nodeName ?? "";
    const what = `the endpoints as the Cilium agent of node ${node} has them`;
    const target = { namespace: metadata.namespace ?? "kube-system", name: metadata.name, container: agentContainer };
    try {
      const seconds = Math.min(agentSeconds, limit.seconds);
      const answer = await execute(server, target, agentCommand, { ...limit, seconds });
      const state = parseAgentState(
        answer.stdout,
        { node, pod: metadata.name, address: status?.hostIP ?? "" },
        ciliumEndpoints,
      );
      if (state !== undefined) return [state];
      missing.push({
        what,
        of: "agents",
        why: `${metadata.name} answers something else: ${(answer.stderr || answer.stdout).slice(0, 200)}`,
      });
    } catch (error) {
      if (!(error instanceof ClusterError) || limit.signal?.aborted) throw error;
      missing.push({ what, of: "agents", why: error.problem, ...(error.rule && { rule: error.rule }) });
    }
    return [];
  });
  return (await Promise.all(states)).flat();
}
