import type { CiliumEndpointObject } from "./objects";
import type { AgentEndpoint, AgentState } from "./snapshot";

const endpointFields = [
  "{.id}",
  "{.status.state}",
  "{.status.identity.id}",
  "{.status.policy.realized.policy-revision}",
].join('{"\\t"}');

/**
 * Runs in an agent and prints the revision of its policies, then a line for each endpoint with the fields that matter (as JSON, an endpoint takes
 * 10 kB). The revision is read first, so that an endpoint below it is really behind.
 */
export const agentCommand: readonly string[] = [
  "sh",
  "-c",
  `cilium-dbg policy get -o jsonpath='{.revision}' && echo && cilium-dbg endpoint list -o jsonpath='{range [*]}${endpointFields}{"\\n"}{end}'`,
];

/**
 * Parses the output of `agentCommand`. The agent of 1.20 no longer reports the pod of an endpoint; its CiliumEndpoint does.
 *
 * @param agent `address` is that of its node.
 * @returns Undefined for other text.
 */
export function parseAgentState(
  text: string,
  { node, pod, address }: Pick<AgentState, "node" | "pod"> & { address: string },
  ciliumEndpoints: readonly CiliumEndpointObject[],
): AgentState | undefined {
  const [first = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  if (!/^\d+$/.test(first)) return undefined;
  // Endpoint IDs are unique per node only.
  const pods = new Map(
    ciliumEndpoints.map(({ metadata, status }) => [
      `${status?.networking?.node}/${status?.id}`,
      `${metadata.namespace}/${metadata.name}`,
    ]),
  );
  const endpoints = lines.map((line): AgentEndpoint | undefined => {
    const [id, state, identity, revision] = line.split("\t");
    if (!/^\d+$/.test(id ?? "") || state === undefined) return undefined;
    const name = pods.get(`${address}/${id}`);
    return {
      id: Number(id),
      ...(name !== undefined && { pod: name }),
      state,
      identity: Number(identity) || 0,
      policyRevision: Number(revision) || 0,
    };
  });
  if (endpoints.some((endpoint) => endpoint === undefined)) return undefined;
  return { node, pod, policyRevision: Number(first), endpoints: endpoints.filter((one) => one !== undefined) };
}
