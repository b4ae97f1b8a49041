import { randomBytes } from "node:crypto";
import { hasEnded, ownHolder } from "../../common/holder";
import type { Execute, Execution } from "../../common/process";
import type { FoundOutside, Outside } from "./outside";

/** A server to start beside a kind cluster. */
export interface DockerRequest {
  /** Names of the cluster's nodes, which with kind are those of its containers. */
  nodes: readonly string[];
  /** An image that serves HTTP on {@link DockerRequest.port} and that Docker already has. */
  image: string;
  port: number;
  signal?: AbortSignal;
}

/** Which process created a container. */
const holderLabel = "meshfence.dev/holder";

const seconds = 15;

/**
 * Starts a small server on the network of a kind cluster, without pulling an image. If Docker does not have the image, it runs the node's own image,
 * where nothing listens on the port: then a packet that arrives is refused, and one that is denied gets no answer.
 */
export async function dockerOutside(execute: Execute, request: DockerRequest): Promise<FoundOutside> {
  const { nodes, image, port } = request;
  const [node] = nodes;
  if (node === undefined) return { absent: "the cluster has no node" };
  const cluster = await inspectNode(execute, node);
  if (typeof cluster === "string") return { absent: cluster };
  await removeLeftovers(execute);
  const hasImage = ended(await execute("docker", ["image", "inspect", "--format", "{{.Id}}", image], seconds));
  const name = `meshfence-verify-${randomBytes(4).toString("hex")}`;
  const program = hasImage ? [image] : ["--entrypoint", "sleep", cluster.image, "86400"];
  request.signal?.throwIfAborted();
  const started = await execute(
    "docker",
    ["run", "--detach", "--rm", "--pull", "never", ...placed(name, cluster), ...program],
    seconds,
  );
  const remove = async () => {
    await execute("docker", ["rm", "--force", "--volumes", name], seconds);
  };
  if (!ended(started)) {
    await remove();
    return { absent: `Docker started no container for it: ${wordsOf(started)}` };
  }
  const format = `{{(index .NetworkSettings.Networks ${JSON.stringify(cluster.network)}).IPAddress}}`;
  const inspected = await execute("docker", ["inspect", "--format", format, name], seconds);
  const address = ended(inspected) ? inspected.stdout.trim() : "";
  if (address === "") {
    await remove();
    return { absent: `container ${name} got no address: ${wordsOf(inspected)}` };
  }
  const what = hasImage ? image : `${cluster.image}, which refuses what reaches it`;
  return {
    address,
    port,
    remove,
    description: `container ${name} on network ${cluster.network} (${what})`,
  } satisfies Outside;
}

interface KindNode {
  network: string;
  image: string;
}

/** @returns The node, or why it is not a kind node on this machine. */
async function inspectNode(execute: Execute, node: string): Promise<KindNode | string> {
  const inspected = await execute("docker", ["container", "inspect", node], seconds);
  if (inspected.kind === "absent") return "docker is not installed";
  if (inspected.kind !== "ended") return "Docker does not answer";
  if (inspected.code !== 0) return `node ${node} is not a container of the Docker engine here`;
  const [container] = JSON.parse(inspected.stdout) as {
    Config: { Image: string; Labels?: { [label: string]: string } };
    NetworkSettings: { Networks: { [name: string]: unknown } };
  }[];
  const network = Object.keys(container?.NetworkSettings.Networks ?? {})[0];
  if (container?.Config.Labels?.["io.x-k8s.kind.cluster"] === undefined || network === undefined) {
    return `container ${node} is not a node of kind`;
  }
  return { network, image: container.Config.Image };
}

function placed(name: string, { network }: KindNode): string[] {
  return [
    ...["--name", name, "--network", network, "--memory", "128m", "--pids-limit", "64"],
    // Either image only waits or answers, and writes nothing.
    ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--label", `${holderLabel}=${ownHolder()}`],
  ];
}

/** Removes the containers of runs that have ended. */
async function removeLeftovers(execute: Execute): Promise<void> {
  const format = `{{.ID}} {{.Label "${holderLabel}"}}`;
  const filter = `label=${holderLabel}`;
  const listed = await execute("docker", ["ps", "--all", "--filter", filter, "--format", format], seconds);
  if (!ended(listed)) return;
  const left = listed.stdout
    .split("\n")
    .map((line) => line.trim().split(" "))
    .filter(([id, maker]) => id && maker && hasEnded(maker))
    .map(([id = ""]) => id);
  if (left.length > 0) await execute("docker", ["rm", "--force", "--volumes", ...left], seconds);
}

function ended(execution: Execution): execution is Extract<Execution, { kind: "ended" }> {
  return execution.kind === "ended" && execution.code === 0;
}

function wordsOf(execution: Execution): string {
  if (execution.kind === "ended") return execution.stderr.trim() || `exit status ${execution.code}`;
  return execution.kind === "timeout" ? `no answer within ${seconds} s` : "docker is not installed";
}
