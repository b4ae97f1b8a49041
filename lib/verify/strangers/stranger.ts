import { K8S_SOURCE } from "../../cilium/api/labels";
import { isIdentityLabel } from "../../cilium/policy/label-filter";
import type { ControlPod, LiveFacts, LiveWorkload } from "../../cluster";
import { injectedLabels } from "../../linkerd/wire/injection";
import type { Reachability } from "../../reachability/verdict";
import { unguarded } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";

/** A pod of meshfence that no policy of the user selects, in a namespace of its own. */
export interface Stranger {
  /** That of its endpoint, the same from run to run. */
  id: string;
  /** The workload that it claims to be. It is asked only for what that one may do. */
  claims?: string;
  meshed: boolean;
  /** Those of a workload that it claims to be. */
  labels: { readonly [key: string]: string };
}

/** The namespace of strangers before they are created. */
export const strangersNamespace = "meshfence-verify";

/**
 * A port on which strangers are asked. Nothing listens there: what reaches a stranger is refused, and what Cilium drops is not answered.
 */
export const strangerPort = 9898;

const mostImpostors = 2;

/**
 * A plain pod, one on the mesh where there is one, and impostors: pods that carry the labels of a workload which some other workload admits, in
 * another namespace, where they must not help.
 */
export function strangersFor(
  { workloads: all }: Pick<LiveFacts, "workloads">,
  namespaces: readonly string[],
  reachability: Reachability,
): Stranger[] {
  const workloads = all.filter(({ namespace }) => namespaces.includes(namespace));
  const meshed = workloads.some((workload) => workload.meshed);
  const trusted = workloads.filter((client) => !client.hostNetwork && isAdmitted(client, workloads, reachability));
  return [
    { id: "stranger", meshed: false, labels: {} },
    ...(meshed ? [{ id: "stranger on the mesh", meshed: true, labels: {} }] : []),
    ...trusted.slice(0, mostImpostors).map(({ id, name, endpoint }) => ({
      id: `impostor of ${name}`,
      claims: id,
      meshed: false,
      labels: ownLabels(endpoint),
    })),
  ];
}

/** Whether a policy admits the workload to another one. Without a policy there, everyone is admitted. */
function isAdmitted(client: LiveWorkload, workloads: readonly LiveWorkload[], reachability: Reachability): boolean {
  return workloads.some(({ id, endpoint }) =>
    (endpoint.ports ?? []).some(({ port, protocol = "TCP" }) => {
      if (id === client.id) return false;
      const verdict = reachability.verdict({ from: client.id, to: id, proto: protocol, port });
      return verdict.allowed && !unguarded(verdict);
    }),
  );
}

/** Those that Cilium knows it by, without what the injector adds. */
function ownLabels({ labels = {} }: EndpointFacts): { [key: string]: string } {
  const injected = Object.keys(injectedLabels("", ""));
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => {
      const byMesh = injected.includes(key) || key.startsWith("linkerd.io/proxy-");
      return !byMesh && isIdentityLabel({ source: K8S_SOURCE, key });
    }),
  );
}

/** The endpoint of a stranger that is there, by what runs; of one that is only planned, by what it will be. */
export function strangerEndpoint(stranger: Stranger, live?: LiveWorkload): EndpointFacts {
  const ports = [{ port: strangerPort, protocol: "TCP" }];
  if (live !== undefined) return { ...live.endpoint, id: stranger.id, ports };
  const mesh = stranger.meshed ? { mesh: { injected: true } } : {};
  return {
    id: stranger.id,
    namespace: strangersNamespace,
    labels: { ...stranger.labels },
    serviceAccount: "default",
    ports,
    ...mesh,
  };
}

/** The workload that a control pod is in what was read of the cluster. */
export function workloadOf(control: ControlPod, workloads: readonly LiveWorkload[]): LiveWorkload | undefined {
  return workloads.find(
    ({ namespace, pods }) => namespace === control.namespace && pods.some(({ name }) => name === control.name),
  );
}
