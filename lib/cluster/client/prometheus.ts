import { podsRule } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import { ApiServer } from "./api-server";
import { type ClusterChoice, loadKubeconfig } from "./kubeconfig";
import { getFromPod } from "./port-forward";

/** Prometheus' port in its pod, in all common charts and with the Prometheus Operator. */
const PROMETHEUS_PORT = 9090;
/** In the order in which they are asked for: linkerd-viz's chart has the usual label on its Deployment alone, not on its pods. */
const USUAL = "app.kubernetes.io/name=prometheus";
const SELECTORS = ["linkerd.io/extension=viz,component=prometheus", USUAL];
/** Larger than any answer of a pod. */
const largestAnswer = 256 * 1024 * 1024;

interface PrometheusPod {
  metadata: {
    name: string;
    namespace: string;
    ownerReferences?: { uid?: string }[];
  };
  status?: { conditions?: { type?: string; status?: string }[] };
}

/**
 * Finds the Prometheus of a cluster, and sends GET requests to its API through a port-forward. If several run, uses that of linkerd-viz, which
 * scrapes all proxies; of several replicas, uses one.
 *
 * @param headers The headers of each request, such as `authorization`. Default: none.
 * @throws ClusterError if there is none, or if there are several that are not replicas
 */
export async function openPrometheus(
  choice: ClusterChoice,
  limit: Limit,
  headers: Readonly<Record<string, string>> = {},
): Promise<(path: string) => Promise<string>> {
  const config = await loadKubeconfig(choice);
  const server = new ApiServer(config, config.getCurrentContext());
  let ready: PrometheusPod[] = [];
  for (const selector of SELECTORS) {
    const address = `/api/v1/pods?labelSelector=${encodeURIComponent(selector)}`;
    const pods = await server.list<PrometheusPod>(address, { what: "the pods of Prometheus", rule: podsRule() }, limit);
    ready = pods.filter(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
    if (ready.length > 0) break;
  }
  const [pod, ...others] = ready;
  if (pod === undefined)
    throw new ClusterError(
      "absent",
      `${server.context}: neither linkerd-viz's Prometheus nor a pod with ${USUAL} is ready`,
      {
        cure: "forward a port to Prometheus and give --traffic http://localhost:9090",
      },
    );
  const ownerOf = ({ metadata }: PrometheusPod) => metadata.ownerReferences?.[0]?.uid ?? metadata.name;
  if (others.some((other) => ownerOf(other) !== ownerOf(pod))) {
    const names = [pod, ...others].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    throw new ClusterError("other", `${server.context}: several Prometheus run: ${names.sort().join(", ")}`, {
      cure: "forward a port to the one that scrapes Linkerd's proxies and give --traffic http://localhost:9090",
    });
  }
  return (path) =>
    getFromPod(server, { pod: pod.metadata, port: PROMETHEUS_PORT, path, largest: largestAnswer, headers }, limit);
}
