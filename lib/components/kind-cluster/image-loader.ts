import { type ChildProcess, spawn } from "node:child_process";
import type * as pulumi from "@pulumi/pulumi";

/** The inputs of a loaded image. */
interface LoadedImageInputs {
  /** The kind cluster. */
  clusterName: string;
  /** The image as the local Docker engine names it, with its tag. */
  image: string;
  /** The image that the tag refers to: another image of the same name is loaded again. */
  imageId: string;
}

/**
 * Loads an image of the local Docker engine into all nodes of a kind cluster, as `kind load docker-image` does, and checks that it is there. No
 * released version of the provider for kind clusters can do that.
 *
 * Pulumi writes the functions of this object into the state and runs them in a separate process, so they only use Node's own modules and the functions
 * of this file.
 */
export const imageLoader: pulumi.dynamic.ResourceProvider<LoadedImageInputs, LoadedImageInputs> = {
  async check(_olds, news) {
    const found = await docker(["image", "inspect", "--format", "{{.Id}}", "--", news.image]);
    if (found.status === 0) return { inputs: { ...news, imageId: found.output.trim() }, failures: [] };
    const reason = `the local Docker engine has no image ${news.image}: ${found.output.trim()}. Pull it first: docker pull ${news.image}`;
    return { inputs: news, failures: [{ property: "image", reason }] };
  },
  async diff(_id, olds, news) {
    const replaces = (["clusterName", "image"] as const).filter((key) => olds[key] !== news[key]);
    return { changes: replaces.length > 0 || olds.imageId !== news.imageId, replaces };
  },
  async create(inputs) {
    await load(inputs);
    return { id: `${inputs.clusterName}/${inputs.image}`, outs: inputs };
  },
  async update(_id, _olds, news) {
    await load(news);
    return { outs: news };
  },
  async read(id, props) {
    if (props === undefined) return {};
    const nodes = await nodesOf(props.clusterName);
    const isThere = await Promise.all(nodes.map((node) => has(node, props.image)));
    return nodes.length > 0 && isThere.every(Boolean) ? { id, props } : {};
  },
};

async function load({ clusterName, image }: LoadedImageInputs): Promise<void> {
  const nodes = await nodesOf(clusterName);
  if (nodes.length === 0) throw new Error(`there is no kind cluster ${clusterName} on the local Docker engine`);
  for (const node of nodes) await loadInto(node, image);
}

/** Pipes the image from Docker into the node's containerd. */
async function loadInto(node: string, image: string): Promise<void> {
  const config = await docker(["exec", node, "containerd", "config", "dump"]);
  // On machines without overlay support, kind configures another snapshotter, which `ctr` has to be told.
  const snapshotter = /^\s*snapshotter\s*=\s*["']([\w-]+)["']/m.exec(config.output)?.[1] ?? "overlayfs";
  const save = start(["save", "--", image]);
  const load = start(
    [
      "exec",
      "--interactive",
      node,
      "ctr",
      "--namespace=k8s.io",
      "images",
      "import",
      `--snapshotter=${snapshotter}`,
      "-",
    ],
    save,
  );
  const [saved, loaded] = await Promise.all([ended(save), ended(load)]);
  // If one fails, the other usually loses its pipe: either may be the cause.
  const reasons = [loaded, saved].flatMap(({ status, output }) => (status === 0 ? [] : [output.trim()]));
  if (reasons.length > 0) throw new Error(`${image} could not be loaded into ${node}: ${reasons.join("; ")}`);
}

/** Whether a node has an image. containerd uses full names: `docker.io/library/nginx:1` for `nginx:1`. */
async function has(node: string, image: string): Promise<boolean> {
  const slash = image.indexOf("/");
  const host = image.slice(0, Math.max(slash, 0));
  const isWhole = host.includes(".") || host.includes(":") || host === "localhost";
  const name = isWhole ? image : `docker.io/${slash < 0 ? "library/" : ""}${image}`;
  const found = await docker(["exec", node, "ctr", "--namespace=k8s.io", "images", "list", "--quiet", `name==${name}`]);
  if (found.status !== 0) throw new Error(`the images of ${node} could not be read: ${found.output.trim()}`);
  return found.output.trim() !== "";
}

/** The nodes that run pods. A cluster with several control planes has a load balancer beside them. */
async function nodesOf(clusterName: string): Promise<string[]> {
  const found = await docker([
    "ps",
    "--filter",
    `label=io.x-k8s.kind.cluster=${clusterName}`,
    "--format",
    '{{.Names}} {{.Label "io.x-k8s.kind.role"}}',
  ]);
  if (found.status !== 0) throw new Error(`the local Docker engine could not be asked: ${found.output.trim()}`);
  return found.output
    .split("\n")
    .map((line) => line.trim().split(" "))
    .flatMap(([name = "", role]) => (name !== "" && role !== "external-load-balancer" ? [name] : []))
    .sort();
}

interface Ended {
  status: number;
  /** Standard output if it succeeded, otherwise its error message. */
  output: string;
}

const docker = (args: readonly string[]): Promise<Ended> => ended(start(args));

/** Starts docker, optionally with the output of another process as its input. */
function start(args: readonly string[], input?: ChildProcess): ChildProcess {
  const child = spawn("docker", args, { stdio: [input?.stdout ?? "ignore", "pipe", "pipe"] });
  // Close this process's end of the pipe: otherwise the writer would not notice that the reader has gone.
  if (input !== undefined) input.stdout?.destroy();
  return child;
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (error) => resolve({ status: 1, output: `docker could not be started: ${error.message}` }));
    child.on("close", (status) => {
      resolve({ status: status ?? 1, output: Buffer.concat(status === 0 ? out : err).toString("utf8") });
    });
  });
}
