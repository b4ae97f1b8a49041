import { PassThrough } from "node:stream";
import type { Limit } from "../cluster";
import type { Drop, DropWatch } from "../drops/drop";
import { DropGatherer } from "../drops/gather";
import { dropOfFlow } from "../drops/hubble";
import { dropOfMonitor } from "../drops/monitor";
import { ClusterError } from "../error";
import type { CiliumEndpointObject, PodObject } from "../objects";
import { agentContainer } from "./agents";
import type { ApiServer } from "./api-server";
import { Collector } from "./collector";
import { stream } from "./exec";
import { pause, within } from "./limit";
import { Lines } from "./lines";

/** Hubble delivers a flow within this time. */
const settleMilliseconds = 300;
/** How long a watcher may take to start. */
const startSeconds = 5;
const started = "meshfence: watching";

/**
 * Runs in an agent, with Hubble or else the monitor. The watcher ends even if meshfence is killed: when an exec loses its client, its standard input
 * closes, and `timeout` covers the rest. The shell waits for the watcher, since nothing else in an agent would reap it.
 */
function watchCommand(seconds: number): string[] {
  const hubble = "hubble observe --follow --last 0 --verdict DROPPED --type drop --type policy-verdict -o json";
  const script = [
    "if hubble status >/dev/null 2>&1",
    `then ${hubble} 2>/dev/null &`,
    "else cilium-dbg monitor -t drop -j 2>/dev/null &",
    "fi",
    `watcher=$!; sleep 0.3; echo '${started}'; cat >/dev/null; kill "$watcher"; wait "$watcher"`,
  ].join("\n");
  return ["timeout", String(Math.ceil(seconds)), "sh", "-c", script];
}

/** Watches the agents of the given nodes; without any, all. */
export async function watchDrops(server: ApiServer, nodes: readonly string[], limit: Limit): Promise<DropWatch> {
  const gatherer = new DropGatherer();
  const blind: { node: string; why: string }[] = [];
  const stops: (() => Promise<void>)[] = [];
  const wanted = (pod: PodObject) => nodes.length === 0 || nodes.includes(pod.spec.nodeName ?? "");
  let agents: PodObject[] = [];
  let endpoints: CiliumEndpointObject[] = [];
  try {
    [agents, endpoints] = await Promise.all([agentPods(server, limit), endpointsOf(server, limit)]);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind === "interrupted") throw error;
    blind.push(...nodes.map((node) => ({ node, why: error.problem })));
  }
  for (const node of nodes) {
    if (agents.length > 0 && !agents.some(({ spec }) => spec.nodeName === node)) {
      blind.push({ node, why: "no Cilium agent runs on it" });
    }
  }
  await Promise.all(
    agents.filter(wanted).map(async (agent) => {
      const node = agent.spec.nodeName ?? "";
      const take = (drop: Drop | undefined) => drop && gatherer.add(drop);
      const watch = watchAgent(
        server,
        agent,
        (line) => take(dropOfFlow(line, node) ?? dropOfMonitor(line, node, endpoints)),
        limit,
      );
      try {
        await within(
          { ...limit, seconds: Math.min(startSeconds, limit.seconds) },
          `watching node ${node}`,
          () => watch.started,
        );
        stops.push(watch.stop);
      } catch (error) {
        await watch.stop();
        if (limit.signal?.aborted) throw error;
        blind.push({ node, why: error instanceof ClusterError ? error.problem : String(error) });
      }
    }),
  );
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    if (stops.length > 0 && !limit.signal?.aborted) {
      await pause(settleMilliseconds, new AbortController().signal);
    }
    await Promise.all(stops.map((end) => end()));
  };
  return {
    blind,
    drops: () => gatherer.drops,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function watchAgent(server: ApiServer, { metadata }: PodObject, take: (line: string) => void, limit: Limit) {
  const stdin = new PassThrough();
  const stderr = new Collector(4096);
  const target = { namespace: metadata.namespace ?? "kube-system", name: metadata.name, container: agentContainer };
  let ended: Promise<unknown> = Promise.resolve();
  const running = new Promise<void>((resolve, reject) => {
    const stdout = new Lines((line) => (line === started ? resolve() : take(line)));
    ended = stream(server, target, watchCommand(limit.seconds), { stdout, stderr, stdin }, limit).then(
      (code) =>
        reject(
          new ClusterError(
            "other",
            `the agent ${metadata.name} cannot watch: ${stderr.text.trim() || `exit status ${code}`}`,
          ),
        ),
      reject,
    );
  });
  return {
    started: running,
    stop: async () => {
      stdin.end();
      await Promise.race([ended, pause(1000, new AbortController().signal)]);
    },
  };
}

function agentPods(server: ApiServer, limit: Limit): Promise<PodObject[]> {
  const rule = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
  const path = "/api/v1/pods?labelSelector=k8s-app%3Dcilium";
  return server.list(path, { what: "the pods of Cilium's agents", rule }, limit);
}

function endpointsOf(server: ApiServer, limit: Limit): Promise<CiliumEndpointObject[]> {
  const rule = { apiGroups: ["cilium.io"], resources: ["ciliumendpoints"], verbs: ["list"] };
  return server.list(
    "/apis/cilium.io/v2/ciliumendpoints",
    { what: "the CiliumEndpoints of all namespaces", rule },
    limit,
  );
}
