import { K8S_SOURCE } from "../../cilium/api/labels";
import { isIdentityLabel } from "../../cilium/policy/label-filter";
import type { ControlPod, LiveFacts, LiveWorkload } from "../../cluster";
import { injectedLabels } from "../../linkerd/wire/injection";
import type { Reachability } from "../../reachability/verdict";
import { unguarded } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";

/** A pod of meshfence that no policy of the user selects, in a namespace of its own. */
export interface Stranger {
  /** The id of its endpoint, the same in every run. */
  id: string;
  /** The workload that it claims to be. It only probes what that workload may reach. */
  claims?: string;
  meshed: boolean;
  /** The labels of the workload that it claims to be; otherwise empty. */
  labels: { readonly [key: string]: string };
}

/** The namespace of strangers before they are created. */
export const strangersNamespace = "meshfence-verify";

/**
 * The port on which strangers are probed. Nothing listens there: a packet that arrives is refused, and one that Cilium drops gets no answer.
 */
export const strangerPort = 9898;

const mostImpostors = 2;

/**
 * A plain pod, a meshed one if anything is meshed, and impostors: pods in another namespace with the labels of a workload that a policy admits. The
 * labels must not help them there.
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

/** The labels that are part of its identity to Cilium, without those that the injector adds. */
function ownLabels({ labels = {} }: EndpointFacts): { [key: string]: string } {
  const injected = Object.keys(injectedLabels("", ""));
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => {
      const byMesh = injected.includes(key) || key.startsWith("linkerd.io/proxy-");
      return !byMesh && isIdentityLabel({ source: K8S_SOURCE, key });
    }),
  );
}

/** The endpoint of a stranger: as it runs, or as it would be if it is only planned. */
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

/** The workload of a control pod, among those read from the cluster. */
export function workloadOf(control: ControlPod, workloads: readonly LiveWorkload[]): LiveWorkload | undefined {
  return workloads.find(
    ({ namespace, pods }) => namespace === control.namespace && pods.some(({ name }) => name === control.name),
  );
}
