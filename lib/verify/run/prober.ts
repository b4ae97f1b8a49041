import { type Cluster, ClusterError, type ContainerRef, type ExecAnswer } from "../../cluster";
import type { AskedRequest } from "../../reachability/requests";
import { curlCommand, defaultCurlLimits, readCurl } from "../curl";
import { notSent, type Observation, observeCurl, observeName } from "../observation";
import type { Client, Probe } from "../probe";

export interface ProberOptions {
  /** The image for pods whose containers have no curl. Absent: nothing is added to pods. */
  probeImage?: string;
  signal?: AbortSignal;
}

/** A name that every cluster has; the search list adds the cluster's domain. */
const knownName = "kubernetes.default.svc";
/** Short, because the resolver would repeat a denied query for 20 s. */
const querySeconds = 4;
/** Longer than curl's own limit. */
const execSeconds = defaultCurlLimits.totalSeconds + 4;

/** Sends probes, each from a container of its client. */
export class Prober {
  /** By pod: the container that was added because the pod's own has no curl, or why none could be added. */
  private readonly added = new Map<string, Promise<ContainerRef | string>>();

  constructor(
    private readonly cluster: Cluster,
    private readonly options: ProberOptions = {},
  ) {}

  async probe(probe: Probe): Promise<Observation> {
    const { client, target, port } = probe;
    if (probe.kind === "name") return this.query(client);
    const throughProxy = client.meshed && !client.skipOutboundPorts.includes(port);
    return this.request(client, target.ip, port, throughProxy, probe.request);
  }

  /** A request of a pod to itself, which no policy and no proxy affects. */
  selfProbe(client: Client, port: number, request?: AskedRequest): Promise<Observation> {
    return this.request(client, client.ip, port, false, request);
  }

  private async request(
    client: Client,
    address: string,
    port: number,
    throughProxy: boolean,
    request: AskedRequest | undefined,
  ): Promise<Observation> {
    const command = curlCommand(address, port, request);
    const answer = await this.run(client, command, execSeconds, true);
    if (typeof answer === "string") return notSent(answer);
    const said = readCurl(answer);
    if (said !== undefined) return observeCurl(said, throughProxy);
    const words = `${answer.stderr}${answer.stdout}`.trim().slice(0, 200);
    return notSent(`curl did not run in ${client.pod}: ${words === "" ? `exit code ${answer.exitCode}` : words}`);
  }

  private async query(client: Client): Promise<Observation> {
    try {
      const answer = await this.run(client, ["getent", "ahosts", knownName], querySeconds, false);
      return typeof answer === "string" ? notSent(answer) : observeName(answer, querySeconds);
    } catch (error) {
      if (error instanceof ClusterError && error.kind === "timeout") return observeName(undefined, querySeconds);
      throw error;
    }
  }

  /** Runs a command in a container that has it. Returns why it could not run if that is no reason to give up the whole proof. */
  private async run(
    client: Client,
    command: readonly string[],
    seconds: number,
    mayAdd: boolean,
  ): Promise<ExecAnswer | string> {
    const { signal } = this.options;
    const added = await this.added.get(podOf(client));
    const place =
      typeof added === "object"
        ? added
        : { namespace: client.namespace, name: client.pod, container: client.container };
    try {
      const answer = await this.cluster.exec(place, command, { seconds, signal });
      if (answer.exitCode !== 126 && answer.exitCode !== 127) return answer;
      return mayAdd && typeof added !== "object"
        ? await this.elsewhere(client, command, seconds)
        : lacks(client, command);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (error.kind === "noShell") {
        return mayAdd && typeof added !== "object"
          ? await this.elsewhere(client, command, seconds)
          : lacks(client, command);
      }
      if (error.kind === "gone" || error.kind === "absent") return error.problem;
      if (error.kind === "timeout" && command[0] === "curl") return `${command[0]} did not end within ${seconds} s`;
      throw error;
    }
  }

  private async elsewhere(client: Client, command: readonly string[], seconds: number): Promise<ExecAnswer | string> {
    const pod = podOf(client);
    const adding = this.added.get(pod) ?? this.addContainer(client);
    this.added.set(pod, adding);
    const added = await adding;
    if (typeof added === "string") return `${lacks(client, command)}, and ${added}`;
    return this.run(client, command, seconds, false);
  }

  private async addContainer(client: Client): Promise<ContainerRef | string> {
    const { probeImage, signal } = this.options;
    if (probeImage === undefined) return "no probe container may be added";
    const pod = { namespace: client.namespace, name: client.pod };
    try {
      return await this.cluster.addProbeContainer(pod, probeImage, { seconds: 20, signal });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.kind === "interrupted" || error.kind === "unreachable") throw error;
      return `a probe container could not be added: ${error.message}`;
    }
  }
}

function podOf({ namespace, pod }: Client): string {
  return `${namespace}/${pod}`;
}

function lacks({ container, pod }: Client, command: readonly string[]): string {
  return `container ${container} of ${pod} has no ${command[0]}`;
}
