import type { EvaluatedPolicy } from "../../lib/cilium/api/policy";
import { sandboxPolicies } from "../../lib/components/sandbox/edges";
import type { LinkerdManifest } from "../../lib/linkerd/model";
import type { Scenario } from "../../lib/scenario/scenario";
import { TransportMode } from "../../lib/scenario/transport-mode";
import { outsideId } from "../../lib/verify/outside/outside";
import { type ProofPlanInput, planProof } from "../../lib/verify/plan-proof";
import type { ControllerReport } from "../../lib/verify/report";
import { Prober } from "../../lib/verify/run/prober";
import { runProbes } from "../../lib/verify/run/run-probes";
import { stoppedBy } from "../../lib/verify/stopped-by";
import { FakeCluster, facts, workload } from "./fake-cluster";

export const outside = { address: "172.18.0.9", port: 9898 };

/** The sandbox's workloads, with a stranger and a server outside. */
export const client = workload("cilium-linkerd/client", "10.0.0.1", { ports: [9999], meshed: true });
export const podinfo = workload("cilium-linkerd/podinfo", "10.0.0.2", { ports: [9898, 9797, 9999], meshed: true });
export const stranger = workload("meshfence-verify-test/control-1", "10.9.0.1", { labels: {} });

const dns = {
  id: "kube-system/coredns",
  namespace: "kube-system",
  labels: { "k8s-app": "kube-dns" },
  ports: [{ port: 53, protocol: "UDP" }],
};

export interface Setting {
  mode?: TransportMode;
  /** The cluster's policies. Default: the sandbox's. */
  policies?: EvaluatedPolicy[];
  /** Those that are predicted from. Default: those that rule. */
  believed?: EvaluatedPolicy[];
  /** The cluster's Linkerd objects. Default: none. */
  authorizations?: readonly LinkerdManifest[];
  /** Those that are predicted from. Default: those that rule. */
  believedAuthorizations?: readonly LinkerdManifest[];
  /** The participants. Default: both workloads, a stranger and the server outside. */
  plan?: Partial<ProofPlanInput>;
}

/** A fake sandbox, and the plan for it. */
export function sandbox({
  mode = TransportMode.Transparent,
  policies,
  believed,
  authorizations = [],
  believedAuthorizations = authorizations,
  plan = {},
}: Setting = {}) {
  const ruling = policies ?? sandboxPolicies(mode);
  const workloads = [
    client,
    podinfo,
    { ...stranger, pods: stranger.pods.map((pod) => ({ ...pod, name: "control-1" })) },
  ];
  const meshOf = (objects: readonly LinkerdManifest[]) => ({
    transportMode: mode,
    ...(objects.length > 0 && { authorization: { objects: objects.map((one) => ({ ...one })) } }),
  });
  const more = { mesh: meshOf(believedAuthorizations), endpoints: [dns] };
  const control = {
    namespace: "meshfence-verify-test",
    name: "control-1",
    container: "control",
    ip: "10.9.0.1",
    node: "node",
  };
  const known = facts(believed ?? ruling, workloads, more);
  const input: ProofPlanInput = {
    facts: known,
    namespaces: ["cilium-linkerd"],
    strangers: [{ stranger: { id: "stranger", meshed: false, labels: {} }, control }],
    outside,
    limit: 200,
    ...plan,
  };
  const work = planProof(input);
  const world: Scenario = {
    ...known.scenario,
    mesh: meshOf(authorizations),
    endpoints: [
      ...known.scenario.endpoints,
      { id: outsideId, ip: outside.address, ports: [{ port: outside.port, protocol: "TCP" }] },
    ],
  };
  const cluster = new FakeCluster({ policies: ruling, scenario: world, workloads });
  return { cluster, work, facts: known };
}

/** Runs the plan. */
export async function run(
  { cluster, work, facts: { policies } }: ReturnType<typeof sandbox>,
  options: {
    parallel?: number;
    mtls?: boolean;
    signal?: AbortSignal;
    probeImage?: string;
    controller?: ControllerReport;
  } = {},
) {
  const { parallel = 8, mtls = true, signal, probeImage, controller } = options;
  const watch = await cluster.watchDrops();
  const prober = new Prober(cluster, { ...(signal && { signal }), ...(probeImage && { probeImage }) });
  const { plan, replicas, selfClients, scenario } = work;
  return runProbes(
    {
      ...{ cluster, prober, probes: plan.probes, replicas, selfClients, watch, controller },
      stoppedBy: stoppedBy(policies, scenario),
    },
    { parallel, mtls, pauseSeconds: 0.001, ...(signal && { signal }) },
  );
}

const [egress, ingress] = sandboxPolicies(TransportMode.Transparent);
if (egress === undefined || ingress === undefined) throw new Error("the sandbox has two policies");

/** The sandbox's two. */
export const policies =
  egress.metadata.name === "client-egress" ? { egress, ingress } : { egress: ingress, ingress: egress };
