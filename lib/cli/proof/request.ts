import { ClusterError, fromKubeconfig, type Snapshot } from "../../cluster";
import { executor } from "../../common/process";
import { UserError } from "../../common/user-error";
import { sandboxNamespace } from "../../components/sandbox/edges";
import { dockerOutside } from "../../verify/outside/docker";
import { type FoundOutside, hostAndPort, namedOutside } from "../../verify/outside/outside";
import { outsideImage, outsidePort } from "../../verify/probe-image";
import type { ProofRequest } from "../../verify/proof-request";
import type { VerifyOptions } from "./options";

/**
 * The proof that the command line asks for.
 *
 * @throws UserError if its options contradict each other
 */
export function requestOf(options: VerifyOptions, signal: AbortSignal, progress: (line: string) => void): ProofRequest {
  const { parallel, limit, mtls, controller, strangers, probeContainers, probeImage, timeout, outside } = options;
  const named = typeof outside === "string" ? hostAndPort(outside) : undefined;
  if (typeof outside === "string" && named === undefined) {
    throw new UserError(`--outside ${outside}: give host and port, e.g. 192.0.2.7:8080`);
  }
  if (named !== undefined && !strangers) {
    throw new UserError(
      "--outside needs a stranger to prove that the server can be reached, so it cannot be combined with --no-strangers",
    );
  }
  return {
    namespaces: options.namespace.length === 0 ? [sandboxNamespace] : [...new Set(options.namespace)],
    ...{ parallel, limit, mtls, controller, strangers, probeContainers, signal, progress },
    readySeconds: timeout,
    ...(probeImage !== undefined && { probeImage }),
    outside: (snapshot) => findOutside(options, named, snapshot, signal),
  };
}

/** Whether a server outside will be looked for. */
export function probesOutside({ outside, strangers }: VerifyOptions): boolean {
  return outside !== false && strangers;
}

async function findOutside(
  { outside, outsideImage: image = outsideImage, strangers }: VerifyOptions,
  named: ReturnType<typeof hostAndPort>,
  { nodes }: Snapshot,
  signal: AbortSignal,
): Promise<FoundOutside> {
  if (outside === false) return { absent: "`--no-outside` leaves it out" };
  if (!strangers) return { absent: "without strangers nothing proves that it can be reached" };
  if (named !== undefined) return namedOutside(named.host, named.port);
  const names = nodes.map(({ metadata }) => metadata.name);
  const found = await dockerOutside(executor(), { nodes: names, image, port: outsidePort, signal });
  return "absent" in found ? { absent: `${found.absent}; name a server with --outside HOST:PORT` } : found;
}

/**
 * The context to verify: the one named; without a context and a namespace, that of the current folder's sandbox if the kubeconfig has it. Undefined
 * means the kubeconfig's current context.
 */
export async function contextOf({ context, namespace, kubeconfig, stack }: VerifyOptions): Promise<string | undefined> {
  if (context !== undefined || namespace.length > 0) return context;
  const wanted = await sandboxContext(stack);
  if (wanted === undefined) return undefined;
  try {
    await fromKubeconfig({ kubeconfig, context: wanted });
    return wanted;
  } catch (error) {
    if (error instanceof ClusterError) return undefined;
    throw error;
  }
}

/** From the configuration if that names the cluster, otherwise from the stack's output. */
async function sandboxContext(stack: string | undefined): Promise<string | undefined> {
  const { findTarget } = await import("../sandbox/target.js");
  try {
    const target = findTarget({ config: [], ...(stack !== undefined && { stack }) });
    if (target.clusterName !== undefined) return `kind-${target.clusterName}`;
    const { stackOutput } = await import("../sandbox/look.js");
    const context = await stackOutput(target, "context");
    // Another program's output of this name may mean anything.
    return context?.startsWith("kind-") ? context : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
