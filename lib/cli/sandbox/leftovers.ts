import type { Execute } from "../../common/process";
import type { StateLocation } from "./state";

/** A thing that outlives the sandbox, and what would remove it. */
export interface Leftover {
  readonly what: string;
  /** A command, or nothing where something else still needs the thing. */
  readonly removal?: string;
}

/** The images of a kind cluster's nodes; none where there are no nodes, or no Docker. To be asked while the cluster is there. */
export async function nodeImages(execute: Execute, clusterName: string): Promise<string[]> {
  const filter = `label=io.x-k8s.kind.cluster=${clusterName}`;
  return (await lines(execute, ["ps", "--all", "--filter", filter, "--format", "{{.Image}}"])) ?? [];
}

/**
 * What stays after the cluster and its stack are gone. As kind does, we leave what clusters share: the Docker network, which may be
 * older than the sandbox, and the node image, a gigabyte that the next cluster would have to load again. State and passphrase are those
 * of every stack of this user's.
 */
export async function leftovers(
  execute: Execute,
  images: readonly string[],
  state: Pick<StateLocation, "directory">,
): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const networks = await lines(execute, ["network", "ls", "--filter", "name=^kind$", "--format", "{{.Name}}"]);
  if (networks === undefined) found.push({ what: "what kind's clusters share in Docker, which did not answer" });
  else if (networks.length > 0) {
    const users = (await lines(execute, ["ps", "--all", "--quiet", "--filter", "network=kind"])) ?? [];
    found.push(
      users.length > 0
        ? { what: 'Docker\'s network "kind", which other containers use' }
        : {
            what: 'Docker\'s network "kind", which kind creates once for all clusters',
            removal: "docker network rm kind",
          },
    );
  }
  for (const image of new Set(images)) {
    const kept = await lines(execute, ["image", "inspect", "--format", "{{.Id}}", image]);
    if (kept !== undefined) found.push({ what: "the nodes' image", removal: `docker image rm ${image}` });
  }
  if (state.directory !== undefined) {
    found.push({
      what: `${state.directory}, the state folder of all your stacks, with the passphrase of their secrets`,
    });
  }
  return found;
}

export function describeLeftovers(found: readonly Leftover[]): string[] {
  if (found.length === 0) return ["Nothing is left of it."];
  return [
    "The sandbox is gone. These stay, because others may use them:",
    ...found.flatMap(({ what, removal }) => [`  ${what}`, ...(removal === undefined ? [] : [`    ${removal}`])]),
  ];
}

/** What `docker` answers, or nothing where it gives no answer. */
async function lines(execute: Execute, args: readonly string[]): Promise<string[] | undefined> {
  const execution = await execute("docker", args, 10);
  if (execution.kind !== "ended" || execution.code !== 0) return undefined;
  return execution.stdout.split("\n").filter((line) => line !== "");
}
